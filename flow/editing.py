"""An edited message: the latest answer gets another value, and the walk goes on from there again, as after /back."""

from flow.question.answers import take_text
from flow.question.outcomes import Taken
from flow.question.step import PlanStep
from flow.state.effects import Refused
from flow.state.history import find_latest, is_worn
from flow.state.inputs import Edited
from flow.state.passages import split_walk
from flow.walker import Walker


def edit_latest(walker: Walker, step: PlanStep, input: Edited) -> None:
    """Take the new words for the latest answer if they fit its question, else Refused("edit"); Refused("worn") after too many.

    The same value again changes nothing and says nothing: Telegram sends an edit for a first reaction or a link preview too.
    """
    index = _find_latest(walker)
    if index is None:
        walker.effects.append(Refused("edit"))
        return
    old = walker.answers[index]
    here = (walker.current, walker.walk, walker.walks, walker.frames, walker.trail, walker.undo)
    before, _ = walker.turn_back()
    own_words = before.or_other and all(option.answer != old["value"] for option in before.options)
    outcome = take_text(before, walker.scope, input.text, (), own_words)
    if isinstance(outcome, Taken) and outcome.value != old["value"] and not is_worn(walker.answers):
        walker.answer(before, outcome.value, (), edited=old)
        return
    current, number, walker.walks, walker.frames, walker.trail, walker.undo = here
    walker.enter(current, number)
    if not isinstance(outcome, Taken) or outcome.value != old["value"]:
        walker.effects.append(Refused("worn" if isinstance(outcome, Taken) else "edit"))


def _find_latest(walker: Walker) -> int | None:
    """The index of the latest answer, that of the question before the open one; None where no edit may change it."""
    if not walker.trail or walker.undo >= 0:
        return None
    key, number = split_walk(walker.trail[-1])
    flow, _, name = key.rpartition("/")[2].partition(".")
    step = walker.find_plan(flow).by_name.get(name)
    index = find_latest(walker.answers, number, name, len(walker.answers))
    if step is None or index is None or not step.kind.is_editable or walker.answers[index]["value"] is None:
        return None
    return index
