"""An author's Markdown with a person's words in it: in text, in addresses, in code; never an error, whatever the words are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow.state.effects import MARK, Rich
from handlers.rendering.richtext import render, units

HOSTILE = "](x) *_`~|<b>&#?/ %41\\ ü😀\n"


def links_of(source: str, *values: str) -> list[str]:
    return [entity["url"] for entity in render(Rich(source, values)).entities if "url" in entity]


@pytest.mark.parametrize(
    ("source", "url"),
    [
        (f"[open](https://s.org/s?pid={MARK})", "https://s.org/s?pid=a%20b%26c%2F%C3%BC"),
        (f"![alt](https://s.org/{MARK}.png)", "https://s.org/a%20b%26c%2F%C3%BC.png"),
        (f"[a][r]\n\n[r]: https://s.org/{MARK}", "https://s.org/a%20b%26c%2F%C3%BC"),
        (f"see <https://s.org/{MARK}>", "https://s.org/a%20b%26c%2F%C3%BC"),
        (f"[m](mailto:{MARK}@x.org)", "mailto:a%20b%26c%2F%C3%BC@x.org"),
        (f"[u](tg://user?id={MARK})", "tg://user?id=a%20b%26c%2F%C3%BC"),
    ],
)
def test_a_value_in_an_address_is_percent_encoded(source: str, url: str) -> None:
    assert links_of(source, "a b&c/ü") == [url]


def test_a_telephone_number_keeps_its_plus() -> None:
    assert links_of(f"[call](tel:{MARK})", "+49170") == ["tel:+49170"]


def test_values_go_where_they_belong_although_some_are_in_addresses() -> None:
    shown = render(Rich(f"*{MARK}*: [{MARK}](https://s.org/{MARK}) and {MARK}", ("one", "two", "three", "four")))
    assert shown.text == "one: two and four"
    assert [(e["type"], e["offset"], e["length"], e.get("url")) for e in shown.entities] == [
        ("italic", 0, 3, None),
        ("text_link", 5, 3, "https://s.org/three"),
    ]


def test_a_value_in_code_is_shown_as_it_is_and_one_in_a_title_is_not_shown() -> None:
    assert render(Rich(f"`x {MARK}`", ("a*b*",))).text == "x a*b*"
    assert render(Rich(f"```{MARK}\ncode\n```", ("py",))).entities[0]["language"] == "py"
    assert render(Rich(f'[a](https://s.org "{MARK}") {MARK}', ("title", "text"))).text == "a text"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Write <your name> here.", "Write <your name> here."),
        ("If x<y and y>z", "If x<y and y>z"),
        ("a `<code>` b", "a <code> b"),
        ("see <https://x.org>", "see https://x.org"),
        ("<b>bold</b>", "bold"),
        ("||hidden||", "hidden"),
        ("<div>\nblock", "<div>\nblock"),
        ("5 <3 you<br>x", "5 <3 you<br>x"),
        (f"<{MARK}> and <name>", "<v> and <name>"),
    ],
)
def test_what_is_no_tag_of_telegrams_is_shown_as_written(source: str, shown: str) -> None:
    values = ("v",) * source.count(MARK)
    assert render(Rich(source, values)).text == shown


PARTS = [
    "*",
    "**",
    "_",
    "`",
    "```",
    "~~",
    "||",
    "[",
    "](",
    ")",
    "](https://x.org/",
    "<",
    ">",
    "<b>",
    "![",
    "# ",
    "- ",
    "> ",
    "\n",
    "\n\n",
]
PARTS += [
    "| a | b |\n|--|--|\n| ",
    " | ",
    "[r]: https://x/",
    "[r]",
    "<https://x/",
    '"',
    "'",
    "\\",
    "$",
    "a",
    " ",
    "ü😀",
    "1. ",
    "&amp;",
    MARK,
    MARK,
]


@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join), st.data())
def test_no_label_raises_for_any_value_and_every_entity_lies_inside(source: str, data: st.DataObject) -> None:
    words = st.one_of(st.sampled_from([HOSTILE, "", MARK, "\ue001"]), st.text(st.characters(exclude_categories=["Cs"]), max_size=9))
    values = data.draw(st.tuples(*[words] * source.count(MARK)))
    shown = render(Rich(source, values))
    for entity in shown.entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= units(shown.text)
    for url in links_of(source, *values):
        assert not any(MARK <= character <= "\ue0ff" for character in url)
