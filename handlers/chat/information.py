"""/help, and what is said to a command that does not exist."""

from handlers.rendering.sentences import commands
from handlers.visit.visit import Visit


async def show_help(visit: Visit) -> None:
    """/help."""
    known = commands(visit.record.language, visit.person in visit.bot.admins)
    visit.say_sentence("help", commands="\n".join(f"/{name} – {words}" for name, words in known.items()))


async def unknown_command(visit: Visit) -> None:
    """Something with a slash that this bot does not do; what was typed is cut short."""
    visit.say_sentence("unknown_command", command=f"/{visit.arrival.command[:32]}")


async def unknown_press(visit: Visit) -> None:
    """A button that no version of this bot would have made, or not any more."""
    visit.toast = visit.sentence("unknown_button")
    visit.clear_pressed()
