"""Where one person is inside a flow: frozen, and a plain dict at rest. (A frozen dataclass takes ten times as long to make.)"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Answer = Mapping[str, Any]


class Run(NamedTuple):
    """One walk of one person through one flow.

    `number` counts the person's runs; `flow` is the flow that was begun, `current` the one that the open question `step` lies
    in (another inside a `flow` step); `frames` are the `flow` steps around it, outermost first, each as `flow.step`.
    `status`: open done left expired broken. `ask` numbers the questions asked, `attempt` how often this step is answered with
    the answer to come; `ticks` are the chosen names of a select_multiple, `typing` says that words of one's own are awaited.
    `trail` are the questions before this one, `frame/frame/flow.step`. `undo` is the index in `answers` from which on all is
    taken back when the open question, reached by Back, is answered; -1 otherwise.
    `answers`: {"flow", "step", "type", "value", "asked_at", "answered_at", "attempt", "replaced"}, never changed in place;
    `replaced` ones are no longer current, `undone` ones among them were taken back; beside these stands what the host knew of the
    question (`Context.asked`). Times are ISO 8601 in UTC.
    """

    number: int
    programme: str
    flow: str
    digest: str
    status: str
    began_at: str
    ended_at: str | None
    seed: int
    current: str
    frames: tuple[str, ...]
    ask: int
    step: str | None
    attempt: int
    asked_at: str | None
    ticks: tuple[str, ...]
    typing: bool
    trail: tuple[str, ...]
    undo: int
    answers: tuple[Answer, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON. Shallow: the answers are shared, so nobody may change them."""
        return {
            "number": self.number,
            "programme": self.programme,
            "flow": self.flow,
            "digest": self.digest,
            "status": self.status,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
            "seed": self.seed,
            "current": self.current,
            "frames": list(self.frames),
            "ask": self.ask,
            "step": self.step,
            "attempt": self.attempt,
            "asked_at": self.asked_at,
            "ticks": list(self.ticks),
            "typing": self.typing,
            "trail": list(self.trail),
            "undo": self.undo,
            "answers": list(self.answers),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Run":
        """The run that `to_dict` wrote. Keys that it does not know are passed over. Raises KeyError for a missing one."""
        get = plain.__getitem__
        return cls(
            get("number"),
            get("programme"),
            get("flow"),
            get("digest"),
            get("status"),
            get("began_at"),
            get("ended_at"),
            get("seed"),
            get("current"),
            tuple(get("frames")),
            get("ask"),
            get("step"),
            get("attempt"),
            get("asked_at"),
            tuple(get("ticks")),
            get("typing"),
            tuple(get("trail")),
            get("undo"),
            tuple(get("answers")),
        )

    def values(self) -> dict[str, dict[str, Any]]:
        """The current answers, flow -> step -> value, without skipped ones: what a later run gets as `earlier`."""
        found: dict[str, dict[str, Any]] = {}
        for answer in self.answers:
            if not answer["replaced"] and answer["value"] is not None:
                found.setdefault(answer["flow"], {})[answer["step"]] = answer["value"]
        return found
