"""`type: calculate`: stores the value of an expression; nobody sees it."""

from typing import ClassVar, Literal

from pydantic import Field

from flow.question.model import Plain
from flow.question.step import Kind, PlanStep, WalkerLike, compile_or_keep


class Calculate(Plain):
    """Stores the value of `calculation`; nobody sees it."""

    says: ClassVar[bool] = False
    type: Literal["calculate"]
    calculation: str = Field(min_length=1)


class CalculateKind(Kind):
    """The value, calculated each time the walk comes by."""

    type, model, synonyms = "calculate", Calculate, ("formula",)
    asks = False

    def prepare(self, step: PlanStep, model: Calculate) -> None:
        """Its expression."""
        step.calculation = compile_or_keep(model.calculation)

    def pass_by(self, step: PlanStep, walker: WalkerLike) -> int:
        """Calculate and go on."""
        walker.calculate(step)
        return walker.leave(step)


KIND = CalculateKind()
