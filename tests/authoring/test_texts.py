"""The check of texts: tags that are dropped, Markdown on buttons, values where an address can't take one."""

from pathlib import Path

import pytest

from authoring.check import check_command
from tests.chat import write_programme


def told(tmp_path: Path, step: dict[str, object]) -> list[str]:
    folder = write_programme(tmp_path, "trial", {"menu": ["walk"]}, walk=[{"name": "q", **step}])
    lines, _ = check_command(folder, [])
    return [line.split(": ", 1)[1] for line in lines]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("A <b>bold</b> word", "warning: the tag <b> is dropped"),
        ("Write <your name>", None),
        ("`<b>` is a tag", None),
        ("a ||hidden|| word <tg-spoiler>x</tg-spoiler>", None),
        ("[here](${first_name})", "error: a value can be a part of an address, not the whole"),
        ("[here](https://x.org/${first_name})", None),
        ("<${first_name}>", "error: a value can be a part of an address, not the whole"),
        ('[here](https://x.org "for ${first_name}")', "error: a link's title is never shown"),
        ("[r${day}]: https://x.org", "error: the name of a reference is never shown"),
    ],
)
def test_labels(tmp_path: Path, label: str, words: str | None) -> None:
    lines = told(tmp_path, {"type": "text", "label": label})
    assert (lines == []) if words is None else any(line.startswith(words) for line in lines), lines


def test_a_buttons_markdown_is_warned_of(tmp_path: Path) -> None:
    lines = told(tmp_path, {"type": "select_one", "label": "Which?", "choices": ["**Bed**", "chair_1"]})
    assert lines == ["warning: a button shows no Markdown: this one will read “Bed”"]


def test_names_in_a_link_are_checked(tmp_path: Path) -> None:
    lines = told(tmp_path, {"type": "text", "label": "x", "link": "https://x.org/${nobody}"})
    assert len(lines) == 1 and "nobody" in lines[0]


def test_a_keyboard_that_is_too_large_is_warned_of(tmp_path: Path) -> None:
    long = [{"name": f"c{number}", "label": f"{number} {'words ' * 12}"} for number in range(96)]
    lines = told(
        tmp_path,
        {"type": "select_one", "label": "Which?", "choices": long},
    )
    assert len(lines) == 1 and "bytes and Telegram shows 10000: make the labels shorter, or fewer" in lines[0]
    assert told(tmp_path, {"type": "select_one", "label": "Which?", "choices": ["a", "b"]}) == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"constraint": "1 <= . <= 5"}, "error: two comparisons in a row: “<=” looks at yes or no here; join them with and"),
        ({"constraint": "1 <= . and . <= 5"}, None),
        ({"relevant": "${day} = 1 AND ${day} = 2"}, "error: “AND” is written small: and"),
        ({"min": 1}, "error: unknown key “min”: the least is a constraint"),
        ({"options": ["a"]}, "error: unknown key “options”: what can be pressed are its “choices”"),
        ({"readonly": True}, "error: unknown key “readonly”: a step that asks nothing is of type note"),
        ({"type": "photo"}, "error: the step type “photo” is “image” here, and not served by this version yet"),
        ({"type": "email"}, "error: there is no step type “email”; did you mean text?"),
    ],
)
def test_what_other_tools_write_is_told_in_our_words(tmp_path: Path, step: dict[str, object], words: str | None) -> None:
    lines = told(tmp_path, {"type": "integer", "label": "x", **step})
    assert (lines == []) if words is None else any(line.startswith(words) for line in lines), lines


def test_several_choices_are_not_compared_with_one(tmp_path: Path) -> None:
    many = {"name": "m", "type": "select_multiple", "label": "x", "choices": ["a", "b"]}
    last = {"name": "n", "type": "note", "label": "x", "relevant": "${m} = 'b' or selected(${m}, 'a')"}
    lines, _ = check_command(write_programme(tmp_path, "trial", {"menu": ["walk"]}, walk=[many, last]), [])
    assert [line.split(": ", 1)[1] for line in lines] == ["warning: “m” holds several choices: selected(${m}, 'b')"]
