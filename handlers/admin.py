"""/stats, for the admins named in ADMIN_IDS, in their private chat."""

from handlers.richtext import Rendered, units
from handlers.visit import Visit


async def stats(visit: Visit) -> None:
    """The report in letters of one width, so that its columns stand."""
    report = await visit.house.report()
    visit.say(Rendered(report, ({"type": "pre", "offset": 0, "length": units(report)},)))
