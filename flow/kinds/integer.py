"""`type: integer`: the person types a whole number."""

from typing import Literal

from flow.kinds.decimal import DecimalKind
from flow.question.model import Plain


class Integer(Plain):
    """The person types a whole number."""

    type: Literal["integer"]


class IntegerKind(DecimalKind):
    """A decimal without a fraction."""

    type, model, synonyms = "integer", Integer, ("int",)
    complaint, whole = "integer", True


KIND = IntegerKind()
