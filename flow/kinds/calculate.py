"""`type: calculate`: stores the value of an expression; nobody sees it."""

from typing import ClassVar, Literal

from pydantic import Field

from flow.question.place import Kind, PlanStep, WalkerLike, compile_or_keep
from flow.question.step import Plain


class Calculate(Plain):
    """Stores the value of `calculation`; nobody sees it."""

    says: ClassVar[bool] = False
    type: Literal["calculate"]
    calculation: str = Field(min_length=1)


class CalculateKind(Kind):
    """The value, calculated each time the walk comes by."""

    type, model, synonyms = "calculate", Calculate, ("formula",)
    asks = False

    def prepare(self, place: PlanStep, step: Calculate) -> None:
        """Its expression."""
        place.calculation = compile_or_keep(step.calculation)

    def pass_by(self, place: PlanStep, walker: WalkerLike) -> int:
        """Calculate and go on."""
        walker.calculate(place)
        return walker.leave(place)


KIND = CalculateKind()
