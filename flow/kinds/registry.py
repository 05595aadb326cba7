"""Every kind of step, by its type. A new one is a file here, its line in KINDS and in Step; tests tell what else is missing."""

from typing import Annotated

from pydantic import Field

from flow.kinds import (
    acknowledge,
    calculate,
    decimal,
    group,
    integer,
    note,
    range,
    select_multiple,
    select_one,
    subflow,
    text,
    timer,
)
from flow.kinds.group import Group
from flow.question.step import Kind

KINDS: dict[str, Kind] = {
    module.KIND.type: module.KIND
    for module in (
        note,
        acknowledge,
        text,
        integer,
        decimal,
        select_one,
        select_multiple,
        range,
        timer,
        calculate,
        subflow,
        group,
    )
}
UNSUPPORTED = ("rank", "date", "time", "dateTime", "geopoint", "image", "audio", "video", "file", "contact")  # the loader says so

Step = Annotated[
    note.Note
    | acknowledge.Acknowledge
    | text.Text
    | integer.Integer
    | decimal.Decimal
    | select_one.SelectOne
    | select_multiple.SelectMultiple
    | range.Range
    | timer.Timer
    | calculate.Calculate
    | subflow.Subflow
    | group.Group,
    Field(discriminator="type"),
]
_UNKNOWN = Kind()  # asks, and is answered


def find_kind(word: str) -> Kind:
    """The kind of a type as an author or an older answer names it; for an unknown one a kind that can do nothing."""
    return KINDS.get(word, _UNKNOWN)


Group.model_rebuild(_types_namespace={"Step": Step})
