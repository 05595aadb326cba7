"""The one table: a command, a button or a message -> the function that handles it."""

from collections.abc import Awaitable, Callable

from handlers.chat.information import show_help, unknown_command, unknown_press
from handlers.chat.membership import membership
from handlers.chat.menu import begin, menu
from handlers.chat.navigation import back, cancel, restart
from handlers.chat.privacy import decide, forget, mydata, privacy
from handlers.chat.progress import progress
from handlers.chat.questions import edited, elapsed, press, words
from handlers.chat.settings import choose_zone, settings
from handlers.chat.start import choose, consent, go_on, start
from handlers.due.absence import returned
from handlers.due.reminders import choose_pause, pause, resume
from handlers.due.wakes import wake
from handlers.incoming.arrivals import MESSAGE_KINDS, Arrival
from handlers.operator.admin import notice, reload, stats
from handlers.rendering.keyboards import read_press
from handlers.visit.visit import Visit

Handler = Callable[[Visit], Awaitable[None]]

COMMANDS: dict[str, Handler] = {
    "start": start,
    "menu": menu,
    "progress": progress,
    "back": back,
    "restart": restart,
    "cancel": cancel,
    "settings": settings,
    "pause": pause,
    "resume": resume,
    "help": show_help,
    "privacy": privacy,
    "mydata": mydata,
    "forget": forget,
}

ADMIN_COMMANDS: dict[str, Handler] = {"stats": stats, "reload": reload}

PRESSES: dict[str, tuple[Callable[..., Awaitable[None]], int]] = {
    "f": (begin, 1),
    "p": (choose, 1),
    "c": (consent, 2),
    "o": (go_on, 2),
    "x": (decide, 1),
    "z": (choose_pause, 1),
    "t": (choose_zone, 2),
}  # the letter of the callback data -> handler and how many words it takes

KINDS: dict[str, Handler] = {
    "text": words,
    "edited": edited,
    "elapsed": elapsed,
    "member": membership,
    "notice": notice,
    "returned": returned,
    "wake": wake,
    **dict.fromkeys((kind for kind in MESSAGE_KINDS if kind != "text"), words),
    "other": words,
}


def handle(visit: Visit) -> Awaitable[None]:
    """Find the function and call it; to be awaited."""
    arrival = visit.arrival
    if arrival.kind == "press":
        return _press(visit)
    if command := arrival.command:
        return _command(visit, command)
    return KINDS[arrival.kind](visit)


def _command(visit: Visit, command: str) -> Awaitable[None]:
    if command in ADMIN_COMMANDS and visit.person in visit.bot.admins:
        return ADMIN_COMMANDS[command](visit)
    return COMMANDS.get(command, unknown_command)(visit)


def _press(visit: Visit) -> Awaitable[None]:
    pressed = read_press(visit.arrival.data)
    if pressed is None:
        return unknown_press(visit)
    if pressed.verb == "q":
        return press(visit)
    if pressed.verb == "m":
        return menu(visit)
    handler, count = PRESSES[pressed.verb]
    return handler(visit, *pressed.words) if len(pressed.words) == count else unknown_press(visit)


def is_answer(arrival: Arrival) -> bool:
    """Whether this is what `process_question` counts: words or a press on a question."""
    return arrival.data.startswith("q:") if arrival.kind == "press" else arrival.kind == "text" and not arrival.command
