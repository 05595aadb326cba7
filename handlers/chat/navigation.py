"""/back, /restart and /cancel: moving about in the open flow."""

from flow.state.inputs import Back
from handlers.chat.entering import restart_open
from handlers.visit.visit import Visit


async def back(visit: Visit) -> None:
    """/back: the previous question again, its answer replaced."""
    if _is_open(visit):
        visit.resume(Back())


async def restart(visit: Visit) -> None:
    """/restart: the open flow from its beginning."""
    if _is_open(visit):
        restart_open(visit)


async def cancel(visit: Visit) -> None:
    """/cancel: the flow counts as left, its answers are kept."""
    if _is_open(visit):
        visit.leave(said=True)


def _is_open(visit: Visit) -> bool:
    if visit.run is None:
        visit.say_sentence("not_open")
    return visit.run is not None
