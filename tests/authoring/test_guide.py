"""docs/programmes.md: every example in it loads, every expression gives what it says, and it leaves nothing out."""

import json
import random
import re
from datetime import datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from authoring.check import check_command
from authoring.check_steps import KNOWN_VARIABLES
from authoring.export import COLUMNS, FORMATS
from authoring.yaml12 import parse_yaml
from flow.expressions.compiler import _SPECIAL
from flow.expressions.expression import compile_expression
from flow.expressions.functions import FUNCTIONS
from flow.kinds.registry import UNSUPPORTED, Step
from flow.programme import Programme
from flow.question.model import MEDIA_KINDS, BaseStep
from media.kinds import MAX_BYTES, extensions

GUIDE = (Path(__file__).parents[2] / "docs" / "programmes.md").read_text(encoding="utf-8")
BLOCKS = [
    (match[2], match[3], GUIDE.count("\n", 0, match.start()) + 1)
    for match in re.finditer(r"^(`{3})([\w ]+)\n(.*?)^`{3}$", GUIDE, re.DOTALL | re.MULTILINE)
]
TYPES = [get_args(one.model_fields["type"].annotation)[0] for one in get_args(get_args(Step)[0])]
MEDIA = ("sea.jpg", "sea-ar.png", "hills.png", "waves.mp3", "circle.gif", "leaflet.pdf")
SPARE = "title: Spare\nsteps:\n  - {type: text, name: spare, label: x}\n"


def blocks(kind):
    """The fenced blocks of one kind, each with the line it begins at."""
    found = [pytest.param(text, id=f"line {line}") for name, text, line in BLOCKS if name == kind]
    assert found, kind
    return found


def written(folder, head, **flows):
    """A programme's folder with these flows and all media of the guide."""
    (folder / "media").mkdir(parents=True)
    for name in MEDIA:
        (folder / "media" / name).write_bytes(b"\x89PNG\r\n\x1a\n or something else")
    (folder / "programme.yaml").write_text(head, encoding="utf-8")
    for name, text in flows.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder.parent


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_example_loads(tmp_path, text):
    """A whole programme.yaml, a whole flow, or steps of one: each loads without a finding."""
    read = parse_yaml(text)[0].value
    if isinstance(read, dict) and "programme" in read:
        flows = {**dict.fromkeys(read.get("days", ()), SPARE), **dict.fromkeys(_names(read["menu"]), SPARE)}
        folder = written(tmp_path / read["programme"], text, **flows)
    else:
        steps = "".join(f"  {line}\n" for line in text.splitlines())
        flow = text if isinstance(read, dict) else f"title: Example\nsteps:\n{steps}"
        folder = written(
            tmp_path / "example", "programme: example\ntitle: x\nmenu: [flow, breathing]\n", flow=flow, breathing=SPARE
        )
    assert check_command(folder) == ([], 0)


def _names(menu):
    groups = menu.values() if isinstance(menu, dict) else [menu]
    return [name for group in groups for name in group]


def test_the_first_programme_is_ten_lines(tmp_path):
    """The two files that the guide begins with are one programme, of ten lines at most."""
    head, flow = (text for name, text, _ in BLOCKS[:2])
    assert len((head + flow).splitlines()) <= 10
    assert check_command(written(tmp_path / "hello", head, greeting=flow)) == ([], 0)


def test_the_check_says_what_the_guide_shows(tmp_path, monkeypatch):
    """The wrong flow of the guide gives exactly the lines below it."""
    wrong = next(text for name, text, _ in BLOCKS if name == "yaml wrong")
    shown = next(text for name, text, _ in BLOCKS if name == "text")
    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "programmes" / "mistakes", "programme: mistakes\ntitle: x\nmenu: [flow]\n", flow=wrong)
    assert check_command(folder) == (shown.splitlines(), 1)


class Mona:
    """The person of the guide's examples."""

    self_value = "I am here"
    now = datetime(2026, 3, 1, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    random = random.Random(1)
    position = 1

    def lookup(self, name):
        known = {"name": "Mona", "tension": 8, "cups": 2, "place": "bed", "mood": ["calm", "tired"], "wish": None}
        return known[name]

    def choice_label(self, name, value):
        return {"bed": "In bed"}[value]


EXPRESSIONS = [line for param in blocks("expressions") for line in param.values[0].splitlines()]


@pytest.mark.parametrize("line", EXPRESSIONS)
def test_every_expression_gives_what_it_says(line):
    """What stands left of the arrow gives what stands right of it."""
    source, _, expected = line.partition("→")
    result = compile_expression(source.strip()).evaluate(Mona())
    assert result == json.loads(expected)
    assert type(result) is type(json.loads(expected))


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("functions", [f"{name}(" for name in (*FUNCTIONS, *_SPECIAL)]),
        ("operators", [" and ", " or ", " = ", " != ", " < ", " >= ", " + ", " - ", " * ", " div ", " mod "]),
        ("types of now", [f"type: {name}" for name in TYPES]),
        ("types of later", [f"`{name}`" for name in UNSUPPORTED]),
        ("what the bot knows", [f"`${{{name}}}`" for name in KNOWN_VARIABLES]),
        ("kinds of media", [f"`{name}`" for name in MEDIA_KINDS]),
        ("keys of steps", [f"`{name}" for name in BaseStep.model_fields if name not in ("name", "translated")]),
        ("keys of a programme", [field.alias or name for name, field in Programme.model_fields.items() if name != "flows"]),
        ("formats of export", FORMATS),
        ("columns of export", [f"`{name}`" for name in COLUMNS]),
        ("sizes", [f"| {' '.join(extensions(kind)) or 'any'} | {MAX_BYTES[kind] // 10**6} MB |" for kind in MEDIA_KINDS]),
    ],
)
def test_nothing_is_left_out(what, words):
    """All that an author may write stands in the guide, so that nothing new arrives without its words there."""
    assert [word for word in words if word not in GUIDE] == [], what
