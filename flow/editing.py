"""An edited message: the latest answer gets another value, and the walk goes on from there again, as after /back."""

from flow.answers import Taken, take_text
from flow.effects import Refused
from flow.history import is_worn
from flow.inputs import Edited
from flow.plan import PlanStep
from flow.walk import Walk

TYPED = frozenset(("text", "integer", "decimal", "range", "select_one"))


def edit_latest(walk: Walk, place: PlanStep, input: Edited) -> None:
    """Take the new words for the latest answer if they fit its question, else Refused("edit"); Refused("worn") after too many.

    The same value again changes nothing and says nothing: Telegram sends an edit for a first reaction or a link preview too.
    """
    index = _find_latest(walk)
    if index is None or not _is_before(walk, index):
        walk.effects.append(Refused("edit"))
        return
    old = walk.answers[index]
    here = (walk.current, walk.walk, walk.walks, walk.frames, walk.trail, walk.undo)
    before, _ = walk.turn_back()
    own_words = before.or_other and all(option.answer != old["value"] for option in before.options)
    outcome = take_text(before, walk.scope, input.text, (), own_words)
    if isinstance(outcome, Taken) and outcome.value != old["value"] and not is_worn(walk.answers):
        walk.answer(before, outcome.value, (), edited=old)
        return
    current, number, walk.walks, walk.frames, walk.trail, walk.undo = here
    walk.enter(current, number)
    if not isinstance(outcome, Taken) or outcome.value != old["value"]:
        walk.effects.append(Refused("worn" if isinstance(outcome, Taken) else "edit"))


def _find_latest(walk: Walk) -> int | None:
    """The index of the latest answer that a person typed; None where the latest one was not typed, or is about to be taken back."""
    for index in range(len(walk.answers) - 1, -1, -1):
        answer = walk.answers[index]
        if answer["type"] != "calculate" and not answer.get("undone"):
            return index if answer["type"] in TYPED and answer["value"] is not None and walk.undo < 0 else None
    return None


def _is_before(walk: Walk, index: int) -> bool:
    """Whether that answer is the one of the question before the open one."""
    answer = walk.answers[index]
    entry = walk.trail[-1] if walk.trail else ""
    key, _, _ = entry.rpartition("/")[2].partition("@")
    return key == f"{answer['flow']}.{answer['step']}"
