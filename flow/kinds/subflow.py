"""`type: flow`: walks another flow, then comes back."""

from typing import ClassVar, Literal

from pydantic import Field

from flow.question.model import Plain
from flow.question.step import Kind, PlanStep, WalkerLike


class Subflow(Plain):
    """`type: flow`: walks another flow, then comes back."""

    says: ClassVar[bool] = False
    type: Literal["flow"]
    flow: str = Field(min_length=1)


class SubflowKind(Kind):
    """A walk of its own each time it is come to."""

    type, model, synonyms = "flow", Subflow, ("subflow",)
    asks, is_answered, walks_flow = False, False, True

    def pass_by(self, step: PlanStep, walker: WalkerLike) -> int:
        """Into the other flow."""
        return walker.begin_inner(step)


KIND = SubflowKind()
