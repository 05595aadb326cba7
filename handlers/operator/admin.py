"""/stats and /reload, for the admins named in ADMIN_IDS, in their private chat."""

from handlers.rendering.richtext import Rendered, units
from handlers.visit.visit import Visit


async def stats(visit: Visit) -> None:
    """The report in letters of one width, so that its columns stand."""
    report = await visit.bot.report()
    visit.say(Rendered(report, ({"type": "pre", "offset": 0, "length": units(report)},)))


async def reload(visit: Visit) -> None:
    """The programmes read again; only the admin who asks waits for it."""
    visit.say(await visit.bot.reload(visit.arrival.update_id, visit.record.language))


async def notice(visit: Visit) -> None:
    """Words that the bot itself has for an admin."""
    visit.say(visit.arrival.text)
