"""One person's place inside a flow: frozen, and a plain dict at rest. (A frozen dataclass takes ten times as long to make.)"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flow.state.passages import DONE, Passage, Passages, bring_up, first_passage

Answer = Mapping[str, Any]


class Run(NamedTuple):
    """One person on the way through one flow and the flows inside it.

    `number` counts the person's runs; `flow` is the flow that was begun, `current` the one that the open question `step` lies
    in (another inside a `flow` step); `frames` are the `flow` steps around it, outermost first, each as `flow.step`.
    `walks` are the passages through flows so far (flow/state/passages.py); `current` is walked in the one with the number `walk`.
    `status`: open done left expired broken. `question_number` counts the questions asked, `attempt` how often this step is
    answered with the answer to come; `ticks` are the chosen names of a select_multiple, `typing` says that words of one's own
    are awaited.
    `trail` are the questions before this one, `frame/frame/flow.step@walk` (without `@walk` in walk 1). `undo` is the index in
    `answers` from which on all is taken back when the open question, reached by Back, is answered; -1 otherwise.
    `answers`: {"flow", "step", "walk", "type", "value", "asked_at", "answered_at", "attempt", "replaced"}, never changed in
    place. `replaced` ones are no longer current; `undone` ones among them were taken back; `cleared` ones lost their place to a
    jump back, made when there were so many answers. Beside these stands what the host knew of the question (`Context.asked`).
    Times are ISO 8601 in UTC.
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
    question_number: int
    step: str | None
    attempt: int
    asked_at: str | None
    ticks: tuple[str, ...]
    typing: bool
    trail: tuple[str, ...]
    undo: int
    answers: tuple[Answer, ...]
    walk: int
    walks: Passages

    @classmethod
    def begun(cls, number: int, programme: str, flow: str, digest: str, began_at: str, seed: int) -> "Run":
        """A run before its first step."""
        return cls(
            number=number,
            programme=programme,
            flow=flow,
            digest=digest,
            status="open",
            began_at=began_at,
            ended_at=None,
            seed=seed,
            current=flow,
            frames=(),
            question_number=0,
            step=None,
            attempt=0,
            asked_at=None,
            ticks=(),
            typing=False,
            trail=(),
            undo=-1,
            answers=(),
            walk=1,
            walks=first_passage(flow),
        )

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
            "ask": self.question_number,
            "step": self.step,
            "attempt": self.attempt,
            "asked_at": self.asked_at,
            "ticks": list(self.ticks),
            "typing": self.typing,
            "trail": list(self.trail),
            "undo": self.undo,
            "answers": list(self.answers),
            "walk": self.walk,
            "walks": list(map(list, self.walks)),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Run":
        """The run that `to_dict` wrote, brought up where it is older than walks. Keys that it does not know are passed over. Raises
        KeyError for a missing one."""
        if "walks" not in plain:
            plain = bring_up(plain)
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
            get("walk"),
            tuple([Passage(*walk) for walk in get("walks")]),
        )

    def values(self) -> dict[str, dict[str, Any]]:
        """The answers of each flow's newest finished walk, flow -> step -> value, without empty ones: what later runs get."""
        return dict(self.finished())

    def finished(self) -> list[tuple[str, dict[str, Any]]]:
        """The finished walks, oldest first, each as its flow and its values by step, without empty ones."""
        found: dict[int, dict[str, Any]] = {number: {} for number, walk in enumerate(self.walks, 1) if walk.state == DONE}
        for answer in self.answers:
            values = found.get(answer["walk"])
            if values is not None and not answer["replaced"] and answer["value"] is not None:
                values[answer["step"]] = answer["value"]
        return [(self.walks[number - 1].flow, values) for number, values in found.items()]
