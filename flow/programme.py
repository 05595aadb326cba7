"""A programme and its flows as an author wrote them: validated, with everything the engine needs made ready at load."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, PrivateAttr, TypeAdapter, WrapValidator, model_validator
from pydantic_core import InitErrorDetails, ValidationError

from flow.counted import find_counted
from flow.kinds.group import Group
from flow.kinds.registry import Step
from flow.plan import build_plans
from flow.question.model import BaseStep, Model, check_not_empty
from flow.question.step import Plan
from flow.question.written import WrittenFloat, WrittenInt, plain_number
from flow.times.durations import Clock, Duration, parse_clock
from flow.times.local_time import DAY, minute_of, quiet_minutes

_LANGUAGE = re.compile(r"(.*\S)\s*\(([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)\)")

_SIMPLE = frozenset((str, int, float, bool, type(None)))
_WORDS = frozenset(("choices", "default", "label", "labels", "name"))  # keys whose numbers mean words

FlowName = Annotated[str, Field(min_length=1)]
_FLOW_NAMES = TypeAdapter(tuple[FlowName, ...])


def _check_language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value.strip()):
        raise ValueError("a language is written as name and code: English (en)")
    return value.strip()


def _read_menu(value: Any, handler: Any) -> Any:
    """A plain list is one group without a title; errors keep the place that the author wrote."""
    return {"": _FLOW_NAMES.validate_python(value)} if isinstance(value, list | tuple) else handler(value)


Language = Annotated[str, AfterValidator(_check_language)]
Menu = Annotated[
    dict[str, tuple[FlowName, ...]],
    WrapValidator(_read_menu, json_schema_input_type=list[str] | dict[str, list[str]]),
]


class Flow(Model):
    """One flow's file. `name` is the file's name."""

    title: str = Field(min_length=1)
    steps: Annotated[tuple[Step, ...], AfterValidator(check_not_empty)]
    _name: str = PrivateAttr("")
    _by_name: dict[str, BaseStep] = PrivateAttr(default_factory=dict)

    @property
    def name(self) -> str:
        """The name that jumps, menus and `${flow.step}` use."""
        return self._name

    def step(self, name: str) -> BaseStep:
        """The step of that name, also inside groups. Raises KeyError."""
        return self._by_name[name]

    def model_post_init(self, context: Any, /) -> None:
        """Index the steps, groups opened; of two with one name the first counts."""
        pending: list[Any] = list(reversed(self.steps))
        while pending:
            step = pending.pop()
            self._by_name.setdefault(step.name, step)
            if isinstance(step, Group):
                pending += reversed(step.steps)


class Between(Model):
    """A random minute between two times of day."""

    between: tuple[Clock, Clock]


def _read_at(value: Any) -> "str | Between":
    return Between.model_validate(value) if isinstance(value, dict) else parse_clock(value)


@dataclass(frozen=True, eq=False)  # one a programme: what is reckoned by it is found again by which one it is
class Hours:
    """When reminders of `programme` (its name) go out, in minutes since midnight. `minutes` are those that `at` leaves to choose
    from; quiet ones are left out where there are others. A window over midnight is both its ends of the same date. In `night`
    nothing unasked is sent. `spans` are those of `again_after`, the shortest first."""

    programme: str
    minutes: tuple[int, ...]
    night: frozenset[int]
    quiet: tuple[str, str] | None
    spans: tuple[timedelta, ...]


class Remind(Model):
    """When the day's flow is offered unasked, in the person's own time zone."""

    at: Annotated[str | Between, PlainValidator(_read_at, json_schema_input_type=str | Between)] = "10:00"
    again_after: tuple[Duration, ...] = Field((), max_length=10)
    quiet: tuple[Clock, Clock] | None = None

    def make_hours(self, programme: str) -> Hours:
        """The same, ready for the rules."""
        night = frozenset() if self.quiet is None else quiet_minutes(self.quiet)
        spans = tuple(timedelta(seconds=span) for span in sorted(self.again_after))
        return Hours(programme, self._list_minutes(night), night, self.quiet, spans)

    def _list_minutes(self, night: frozenset[int]) -> tuple[int, ...]:
        if isinstance(self.at, str):
            return (minute_of(self.at),)
        begin, end = map(minute_of, self.at.between)
        window = tuple(minute for minute in range(DAY) if (minute - begin) % DAY <= (end - begin) % DAY)
        return tuple(minute for minute in window if minute not in night) or window


class Inactivity(Model):
    """Silence after which the next message is met by a question, and after which an open flow is closed. Seconds."""

    ask_after: Duration | None = None
    expire_after: Duration | None = None


class Programme(Model):
    """A whole programme. `source` is what it was loaded from, `digest` its fingerprint, `plans` what the engine walks."""

    name: str = Field(alias="programme", min_length=1)
    title: str = Field(min_length=1)
    version: str = ""
    description: str = ""
    default_language: Language = "English (en)"
    languages: tuple[Language, ...] = ()
    days: tuple[FlowName, ...] = ()
    menu: Menu = Field(default_factory=dict)
    consent: str | None = None
    remind: Remind | None = None
    inactivity: Inactivity = Inactivity()
    days_missed: Literal["stop", "skip"] = "stop"
    flows: dict[str, Flow]
    _source: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(cls, source: Mapping[str, Any], compiled: bool = True) -> Self:
        """From {"programme": programme.yaml as read, "flows": {name: flow as read}}. Raises pydantic.ValidationError.

        Without `compiled` the plans are made when somebody first asks for them, which takes a tenth of a millisecond a step.
        Errors of programme.yaml are located by its own keys, those of flows below ("flows", name, …). Jumps and expressions
        are the loader's to check; the engine ends a run as `broken` where they make no sense.
        """
        head, flows = source.get("programme", {}), source.get("flows", {})
        if not isinstance(head, Mapping):
            return cls.model_validate(head)  # raises, saying that keys and values are wanted
        if "flows" in head:
            wrong: InitErrorDetails = {"type": "extra_forbidden", "loc": ("flows",), "input": head["flows"]}
            raise ValidationError.from_exception_data(cls.__name__, [wrong])
        programme = cls.model_validate({**head, "flows": flows})
        programme._source = {"programme": _plain(head), "flows": _plain(flows)}
        programme.digest  # noqa: B018 (now, so that no person waits for it)
        if compiled:
            programme.plans  # noqa: B018 (likewise)
        return programme

    @cached_property
    def source(self) -> dict[str, Any]:
        """Plain JSON that `load` takes again and that gives the same digest."""
        return self._source

    @cached_property
    def counted(self) -> dict[str, frozenset[str]]:
        """Flow -> steps whose answers are counted over all walks of that flow. Made when somebody first asks."""
        return find_counted(self.plans)

    @cached_property
    def digest(self) -> str:
        """16 hex digits of the content."""
        canonical = json.dumps(self._source, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """Flow name -> its steps in walking order, compiled once."""
        return build_plans({name: flow.steps for name, flow in self.flows.items()})

    @cached_property
    def hours(self) -> Hours | None:
        """When it reminds; None for one that does not, or has no days to remind of."""
        return self.remind.make_hours(self.name) if self.remind is not None and self.days else None

    @property
    def language(self) -> str:
        """The code of the default language."""
        return language_code(self.default_language)

    def model_post_init(self, context: Any, /) -> None:
        """Give the flows their names."""
        for name, flow in self.flows.items():
            flow._name = name

    @model_validator(mode="after")
    def _check_flows(self) -> Self:
        if not self.days and not any(self.menu.values()):
            raise ValueError("a programme needs days, a menu or both")
        return self


def language_code(language: str) -> str:
    """`en` of `English (en)`; a text without a code is given back as it is."""
    match = _LANGUAGE.fullmatch(language.strip())
    return match[2] if match else language


def _plain(value: Any, is_word: bool = False) -> Any:
    """The same as JSON has it: keys are words, so that a stored copy has the same digest; numbers that mean words are words."""
    if type(value) in _SIMPLE:  # most of them; isinstance with an abstract class takes ten times as long
        return value
    if isinstance(value, Mapping):
        return {key if type(key) is str else _key(key): _plain(item, is_word or key in _WORDS) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, is_word) for item in value]
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.written if is_word else plain_number(value)
    return value


def _key(key: Any) -> str:
    return key if isinstance(key, str) else json.dumps(key) if isinstance(key, int | float | bool | None) else str(key)
