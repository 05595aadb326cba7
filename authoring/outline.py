"""A programme's folder as written: its files read safely, its flows and steps with their places, before anything is judged."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authoring.findings import ERROR, WARNING, Finding, shown_path
from authoring.folders import HEAD
from authoring.recovery import parse_file
from authoring.yaml12 import LARGEST, Node, find_place
from flow.kinds.registry import find_kind
from flow.question.step import Kind
from flow.question.written import word_of

MOST_BYTES = 4 * LARGEST  # UTF-8 takes at most four a character


@dataclass(slots=True)
class File:
    """One YAML file: where it lies, what it says (`node` is None when it can't be read) and what was found in it.

    `lost` names the steps and the keys that could not be read while the rest could.
    """

    path: Path
    text: str = ""
    node: Node | None = None
    findings: list[Finding] = field(default_factory=list)
    lost: frozenset[str] = frozenset()

    def add(self, place: Node | tuple[int, int], words: str, level: str = ERROR) -> None:
        """Note a finding at a node or at a line and column."""
        line, column = (place.line, place.column) if isinstance(place, Node) else place
        self.findings.append(Finding(shown_path(self.path), line, column, level, words))

    def warn(self, place: Node | tuple[int, int], words: str) -> None:
        """Note a warning."""
        self.add(place, words, WARNING)

    def add_inside(self, node: Node, offset: int, words: str, level: str = ERROR) -> None:
        """Note a finding at character `offset` of a node's text."""
        self.add(find_place(self.text, node, offset), words, level)


@dataclass(slots=True, eq=False)
class Step:
    """A step as written. `inside` is its group; `index` its place among all steps of the flow, groups opened.

    `name` and `type` are '' while it has none.
    """

    node: Node
    index: int
    inside: "Step | None" = None
    steps: list["Step"] = field(default_factory=list)
    name: str = field(init=False)
    type: str = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.type = _word(self.node.value.get("name")), _word(self.node.value.get("type"))

    @property
    def kind(self) -> Kind:
        """The kind of its type."""
        return find_kind(self.type)

    def text(self, key: str) -> Node | None:
        """The node of a text field, None when there is none or it is no text."""
        node = self.node.children.get(key)
        return node if node is not None and isinstance(node.value, str) else None

    def items(self, key: str) -> list[Node]:
        """The entries of a list field, [] when there is none."""
        node = self.node.children.get(key)
        return list(node.children.values()) if node is not None and isinstance(node.value, list) else []

    def choice_names(self) -> list[tuple[str, Node]]:
        """Its choices' names with their places; `choices: [Yes, No]` names them so."""
        found = []
        for choice in self.items("choices"):
            place = choice.children.get("name", choice) if isinstance(choice.value, dict) else choice
            if not isinstance(place.value, dict | list | None):
                found.append((word_of(place.value), place))
        return found


@dataclass(slots=True)
class FlowFile:
    """A flow's file and its steps in the order of the file, groups opened."""

    name: str
    file: File
    steps: list[Step] = field(default_factory=list)
    top: list[Step] = field(default_factory=list)
    by_name: dict[str, Step] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether the file could be read, so that what it lacks can be told."""
        return self.file.node is not None

    def has(self, name: str) -> bool:
        """Whether a step is named so, be it one that could not be read."""
        return name in self.by_name or name in self.file.lost


@dataclass(slots=True)
class Outline:
    """A whole programme as written."""

    folder: Path
    head: File
    flows: dict[str, FlowFile]

    def files(self) -> Iterator[File]:
        """Every file, programme.yaml first."""
        yield self.head
        for flow in self.flows.values():
            yield flow.file

    def source(self) -> dict[str, Any]:
        """The plain dict that Programme.load takes."""
        flows = {name: flow.file.node.value for name, flow in self.flows.items() if flow.file.node is not None}
        return {"programme": self.head.node.value if self.head.node else {}, "flows": flows}


def read_outline(folder: Path) -> Outline:
    """Read programme.yaml and every flow beside it; what can't be read becomes findings of its file."""
    head = read_file(folder / HEAD, folder)
    flows = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in (".yaml", ".yml") and path.name != HEAD and not path.name.startswith("."):
            name = path.name if path.stem in flows else path.stem  # day-1.yml beside day-1.yaml
            flows[name] = _read_flow(path, folder)
    return Outline(folder, head, flows)


def read_file(path: Path, folder: Path) -> File:
    """Read one YAML file that must lie in `folder`, links followed, and be UTF-8 text of bounded size."""
    file = File(path)
    try:
        if not path.resolve(strict=True).is_relative_to(folder.resolve()):
            file.add((1, 1), "this is a link out of the programme's folder")
        elif not path.is_file():
            file.add((1, 1), f"{path.name} can't be read: it is no file")
        else:
            _decode(file, _read_bounded(path))
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        missing = isinstance(error, FileNotFoundError)
        file.add(
            (1, 1), f"{path.name} is missing" if missing else f"{path.name} can't be read: {getattr(error, 'strerror', error)}"
        )
    return file if file.findings else _parse(file)


def _read_bounded(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def _decode(file: File, data: bytes) -> None:
    if len(data) > MOST_BYTES:  # cut off, so not even its last character need be whole
        file.add((1, 1), f"the file is larger than {LARGEST} characters")
        return
    try:
        file.text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        file.add(place, "this is not UTF-8 text: save the file as UTF-8")


def _parse(file: File) -> File:
    node, problems, file.lost = parse_file(file.text)
    for problem in problems:
        file.add((problem.line, problem.column), problem.words)
    if node is not None and not isinstance(node.value, dict):
        file.add(node, "the file is empty" if node.value is None else "the file must hold keys and values (title: …)")
        node = None
    file.node = node
    return file


def _read_flow(path: Path, folder: Path) -> FlowFile:
    flow = FlowFile(path.stem, read_file(path, folder))
    if path.suffix == ".yml":
        flow.file.add((1, 1), f"name it {path.stem}.yaml: only .yaml files are served")
    if not re.fullmatch(r"[a-z0-9_-]{1,64}", path.stem):
        flow.file.add((1, 1), "a flow's file name takes a-z, 0-9, - and _ (at most 64)")
    if flow.file.node is not None:
        _open_steps(flow, flow.file.node.children.get("steps"), None)
    return flow


def _open_steps(flow: FlowFile, node: Node | None, inside: Step | None) -> None:
    if node is None or not isinstance(node.value, list):
        return
    for child in node.children.values():
        if not isinstance(child.value, dict):
            continue
        step = Step(child, len(flow.steps), inside)
        flow.steps.append(step)
        (inside.steps if inside else flow.top).append(step)
        if step.name:
            flow.by_name.setdefault(step.name, step)
        if step.kind.holds_steps:
            _open_steps(flow, child.children.get("steps"), step)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
