"""The walk of the load: ten questions, people who answer them, and the comparison of what they said with what was kept."""

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import orjson

from simulator.actors.people import Crowd, Press, Say, read_buttons
from simulator.world.chats import Message
from simulator.world.world import World

WALK, FILM = "walk", "film"
STEPS = 10
VIDEO_BYTES = 20_000_000

_QUESTION = re.compile(r"Step (\d+) of \d+")
_HEAD = "programme: load\ntitle: Load\nmenu: [{flows}]\n"
_KINDS = (
    "type: select_one\n    choices: [Red, Green, Blue]",
    "type: integer",
    "type: range\n    parameters: {start: 1, end: 10, step: 1}",
    "type: text",
)


def write_programme(folder: Path, films: int) -> None:
    """The programme `load` below `folder`; also `films` flows whose questions carry videos.

    No video comes twice, so that no file_id saves an upload. The files are sparse: they take no room on the disk.
    """
    place = folder / "load"
    (place / "media").mkdir(parents=True)
    flows = [WALK, *(f"{FILM}{number}" for number in range(films))]
    (place / "programme.yaml").write_text(_HEAD.format(flows=", ".join(flows)), encoding="utf-8")
    for flow in flows:
        videos = [] if flow == WALK else [_write_video(place / "media" / f"{flow}_{number}.mp4") for number in range(STEPS)]
        (place / f"{flow}.yaml").write_text(_flow(flow.capitalize(), videos), encoding="utf-8")


def _write_video(path: Path) -> str:
    with path.open("wb") as file:
        file.write(b"\0\0\0\x18ftypmp42" + path.name.encode())
        file.truncate(VIDEO_BYTES)
    return path.name


def _flow(title: str, videos: list[str]) -> str:
    steps = []
    for number in range(1, STEPS + 1):
        video = f"\n    video: {videos[number - 1]}" if videos else ""
        steps.append(f"  - name: q{number}\n    label: Step {number} of {STEPS}\n    {_KINDS[number % len(_KINDS)]}{video}\n")
    return f"title: {title}\nsteps:\n" + "".join(steps)


class Walkers:
    """People who walk a flow of the programme again and again; person i walks `flows[i % len(flows)]`.

    `stopping`: who has finished a walk begins no other. Between `rest` and `go` everybody leaves what they are asked unanswered.
    """

    def __init__(self, world: World, people: int, flows: Sequence[str], seed: int, think: float) -> None:
        self.stopping = False
        self._flows = flows
        self._resting = False
        self._unanswered: dict[int, Message] = {}
        self._expected: dict[int, int] = {}
        self._wrong: list[str] = []
        self.said: dict[int, list[list[str]]] = defaultdict(list)  # person -> walk -> answers, as the export shows them
        self.crowd = Crowd(world, people, self._start, self._decide, seed, (think / 2, think * 1.5), ramp=min(2.0, people / 500))

    def go(self) -> None:
        """Begin, or go on with what was left unanswered."""
        if not self._resting:
            self.crowd.begin()
        self._resting = False
        messages, self._unanswered = self._unanswered, {}
        for person, message in messages.items():
            if action := self._decide(message, self.crowd.members[person].random):
                self.crowd.act(person, action, message["message_id"])

    def rest(self) -> None:
        """Answer nothing more, for a while."""
        self._resting = True

    def _start(self, index: int) -> str:
        return f"/start load__{self._flows[index % len(self._flows)]}"

    def _decide(self, message: Message, rng: random.Random) -> Say | Press | None:
        person = message["chat"]["id"]
        if self._resting:
            self._unanswered[person] = message
            return None
        text = message.get("text") or message.get("caption") or ""
        question = _QUESTION.match(text)
        if question is None:
            return self._after(person, text)
        number = int(question[1])
        if number != self._expected.get(person, 1):
            self._wrong.append(f"person {person} was asked question {number} instead of {self._expected.get(person, 1)}")
        if number == 1:
            self.said[person].append([])
        self._expected[person] = number + 1
        return None if self.stopping else self._answer(person, message, number, rng)

    def _answer(self, person: int, message: Message, number: int, rng: random.Random) -> Say | Press:
        said = self.said[person][-1]
        if buttons := read_buttons(message):
            button = rng.choice(buttons)
            said.append(button["text"])
            return Press(button["callback_data"])
        words = str(rng.randrange(1_000_000)) if number % len(_KINDS) == 1 else f"words {rng.randrange(10**9)}"
        said.append(words)
        return Say(words)

    def _after(self, person: int, text: str) -> Say | None:
        """Take a message that is no question: the closing word begins the next walk, anything else is wrong."""
        if text.startswith("That was") and self._expected.get(person) == STEPS + 1:
            self._expected[person] = 1
            return None if self.stopping else Say(self._start(self.crowd.members[person].index))
        self._wrong.append(f"person {person} was told: {text[:80]}")
        return None

    def waiting(self) -> list[int]:
        """The people who have acted and heard nothing since."""
        return self.crowd.waiting

    def findings(self) -> list[str]:
        """Everything that went wrong in the chats."""
        silent = [f"person {person} got no answer" for person in self.waiting()]
        return [*self._wrong, *silent, *(f"person {person}: {words}" for person, words in self.crowd.errors)]


def compare(all_walkers: list[Walkers], kept: bytes) -> list[str]:
    """Compare what was said with the export's lines: lost, doubled, changed, out of order; [] when all is well."""
    stored: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in kept.splitlines():
        answer = orjson.loads(line)
        stored[answer["person"]][answer["run"]].append(str(answer["value"]))
    findings = []
    for walkers in all_walkers:
        for person, said in walkers.said.items():
            walks = [walk for _, walk in sorted(stored[person].items())]
            wanted = [walk for walk in said if walk]
            if walks != wanted:
                findings.append(f"person {person}: {_difference(wanted, walks)}")
    return findings


def _difference(said: list[list[str]], kept: list[list[str]]) -> str:
    if len(said) != len(kept):
        return f"{len(said)} walks were walked, {len(kept)} are kept"
    place = next(index for index, walk in enumerate(said) if walk != kept[index])
    return f"walk {place + 1}: {len(said[place])} answers were given, {len(kept[place])} are kept, or they differ"
