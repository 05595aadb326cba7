"""The fields that an author may write in every step: frozen models. Texts and expressions stay as written. The types are in
flow/kinds/."""

import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticKnownError

from flow.question.written import WrittenFloat, WrittenInt, word_of
from flow.times.durations import Duration

MEDIA_KINDS = ("image", "video", "audio", "voice", "animation", "file")
MOST_CHOICES = 96  # Telegram shows 100 buttons; Other, Done, Skip and a default want room
_LANGUAGE_KEY = re.compile(r"(image|video|audio|voice|animation|file|link)::([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)")
_COLUMNS = re.compile(r"columns-[1-8]")


def _word_of_number(value: Any) -> Any:
    """`choices: [1, 02]` and `name: 1` mean the words "1", "02" and "1"."""
    return word_of(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _check_appearance(value: str) -> str:
    for word in value.split():
        if word not in ("inline", "reply", "likert", "columns") and not _COLUMNS.fullmatch(word):
            raise ValueError(f"there is no appearance “{word[:40]}” (there are inline, reply, likert, columns-1 to columns-8)")
    return value


def _spread_choice(value: Any) -> Any:
    """A choice given as a plain word is its own name and label; a choice without a label shows its name."""
    value = _word_of_number(value)
    if isinstance(value, str):
        return {"name": value, "label": value}
    if isinstance(value, dict) and value.get("label") is None and "name" in value:
        return {**value, "label": value["name"]}
    return value


def _check_required(value: Any) -> Any:
    """true, false, XLSForm's yes and no, or an expression."""
    words = {"yes": True, "true": True, "true()": True, "no": False, "false": False, "false()": False}
    if isinstance(value, str):
        return words.get(value.strip().lower(), value)
    if not isinstance(value, bool):
        raise ValueError("this is true, false or an expression")
    return value


def check_not_empty(value: tuple[Any, ...]) -> tuple[Any, ...]:
    """Pydantic's own `min_length` would also complain of a list whose every item is wrong."""
    if not value:
        raise PydanticKnownError("too_short", {"field_type": "List", "min_length": 1, "actual_length": 0})
    return value


Word = Annotated[str, BeforeValidator(_word_of_number, json_schema_input_type=str | float), Field(min_length=1)]
Appearance = Annotated[str, AfterValidator(_check_appearance)]
Required = Annotated[bool | str, BeforeValidator(_check_required, json_schema_input_type=bool | str)]


class Model(BaseModel):
    """Frozen, and no key that the format does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, defer_build=True)


class Rule(Model):
    """One line of `next`: where to go if the expression is true."""

    if_: str = Field(alias="if", min_length=1)
    go: str = Field(min_length=1)


class Choice(Model):
    """One choice of a select, and where it leads."""

    name: Word
    label: Word
    image: str | None = None
    go: str | None = None


Choices = Annotated[
    tuple[Annotated[Choice, BeforeValidator(_spread_choice, json_schema_input_type=Choice | str | float)], ...],
    Field(max_length=MOST_CHOICES),
    AfterValidator(check_not_empty),
]


class Parameters(Model):
    """`randomize: true` shuffles the choices, once a run."""

    randomize: bool = False


class BaseStep(Model):
    """The fields of every step. `translated` holds `image::ar` and the like as written."""

    says: ClassVar[bool] = True  # wants something to show: a label or a file
    name: str = Field(min_length=1)
    label: str | None = None
    hint: str | None = None
    image: str | None = None
    video: str | None = None
    audio: str | None = None
    voice: str | None = None
    animation: str | None = None
    file: str | None = None
    album: tuple[str, ...] = Field((), max_length=10)  # Telegram's own limit
    link: str | None = None
    translated: SkipJsonSchema[dict[str, str]] = Field(default_factory=dict, alias="::", repr=False)
    relevant: str | None = None
    required: Required = True
    default: Any = None
    constraint: str | None = None
    constraint_message: str | None = None
    required_message: str | None = None
    appearance: Appearance = "inline"
    pause: Duration | None = None
    go: str | None = None
    next: tuple[Rule, ...] = ()
    expires: Duration | None = None
    on_expiry: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather_translated(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not any(isinstance(key, str) and "::" in key for key in data):
            return data
        keys = {key for key in data if isinstance(key, str) and _LANGUAGE_KEY.fullmatch(key)}
        rest = {key: value for key, value in data.items() if key not in keys}
        return {**rest, "::": {key: data[key] for key in keys}} if keys else data

    @field_validator("default", mode="before")
    @classmethod
    def _keep_written(cls, value: Any) -> Any:
        """`default: 00501` is the word 00501; where numbers are asked for it is read as one."""
        if isinstance(value, list):
            return [cls._keep_written(one) for one in value]
        return value.written if isinstance(value, WrittenInt | WrittenFloat) else value

    @model_validator(mode="after")
    def _check_shown(self) -> Self:
        said = self.__dict__
        files = [kind for kind in MEDIA_KINDS if said[kind]] + (["album"] if self.album else [])
        if len(files) > 1:
            raise ValueError(f"a step shows one file (or an album), here are {' and '.join(files)}")
        if self.says and not (self.label or files or self.link):
            raise ValueError("this step shows nothing: it needs a label")
        return self


class Plain(BaseStep):
    """Steps whose `parameters` are the common ones."""

    parameters: Parameters = Parameters()
