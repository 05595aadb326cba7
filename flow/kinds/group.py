"""`type: group`: steps under one condition, and what follows the last of them."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator

from flow.question.model import Plain, check_not_empty
from flow.question.step import Kind, PlanStep, WalkerLike


class Group(Plain):
    """Steps whose `relevant` is one; a label is said before them. `Step`, the union of all types, is given by the registry."""

    says: ClassVar[bool] = False
    type: Literal["group"]
    steps: Annotated[tuple["Step", ...], AfterValidator(check_not_empty)]  # type: ignore[name-defined]  # noqa: F821 (the registry's)


class GroupKind(Kind):
    """Its label is said, then its steps follow."""

    type, model, synonyms = "group", Group, ("begin group", "begin_group")
    asks, is_answered, holds_steps = False, False, True

    def pass_by(self, step: PlanStep, walker: WalkerLike) -> int:
        """Say its label and go in."""
        walker.say(step)
        return step.below


class AfterKind(Kind):
    """Follows a group's last step with the group's own jumps."""

    type, model = "after", Group
    asks, is_answered = False, False

    def pass_by(self, step: PlanStep, walker: WalkerLike) -> int:
        """On to where the group leads."""
        return walker.leave(step)


KIND = GroupKind()
AFTER = AfterKind()
