"""`type: note`: the person reads; the next step follows after a pause."""

from typing import Literal

from flow.question.model import Plain
from flow.question.step import Kind, PlanStep, WalkerLike


class Note(Plain):
    """The person reads; the next step follows after `pause`."""

    type: Literal["note"]


class NoteKind(Kind):
    """Said, and on."""

    type, model, synonyms = "note", Note, ("message",)
    asks, is_answered = False, False

    def pass_by(self, step: PlanStep, walker: WalkerLike) -> int:
        """Say it and go on."""
        walker.say(step)
        return walker.leave(step)


KIND = NoteKind()
