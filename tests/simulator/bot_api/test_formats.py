"""parse_mode: HTML, MarkdownV2 and the old Markdown become text and entities as at Telegram's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.bot_api.html_format import parse_html
from simulator.bot_api.markdown_format import parse_markdown, parse_markdown_v2
from simulator.world.entities import BadFormat, check_entities, count_units, find_entities, trim


def entity(kind, offset, length, **more):
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b><STRONG>b</strong>", "ab", [entity("bold", 0, 1), entity("bold", 1, 1)]),
        ("😀<i>a <u>b</u></i>", "😀a b", [entity("italic", 2, 3), entity("underline", 4, 1)]),
        ("<s>a</s><del>b</del>", "ab", [entity("strikethrough", 0, 1), entity("strikethrough", 1, 1)]),
        ('<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>', "ab", [entity("spoiler", 0, 1), entity("spoiler", 1, 1)]),
        ("&lt;&gt;&amp;&quot;&#65;&#x42;&nbsp;&", '<>&"AB&nbsp;&', []),
        ('<a href="http://a.b/?x=1&amp;y">l</a>', "l", [entity("text_link", 0, 1, url="http://a.b/?x=1&y")]),
        ("<a href='a.b'>l</a>", "l", [entity("text_link", 0, 1, url="http://a.b")]),
        ("<a>http://a.b</a>", "http://a.b", [entity("text_link", 0, 10, url="http://a.b")]),
        ('<a href="nothing">l</a>', "l", []),
        (
            '<a href="tg://user?id=5">l</a>',
            "l",
            [entity("text_mention", 0, 1, user={"id": 5, "is_bot": False, "first_name": ""})],
        ),
        ("<pre>a</pre><code>b</code>", "ab", [entity("pre", 0, 1), entity("code", 1, 1)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [entity("pre", 0, 1, language="py")]),
        ("<blockquote>a</blockquote>", "a", [entity("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [entity("expandable_blockquote", 0, 1)]),
        ('<tg-emoji emoji-id="5">🙂</tg-emoji>', "🙂", [entity("custom_emoji", 0, 2, custom_emoji_id="5")]),
        ("<b></b>a", "a", []),
        ("<b>a</>", "a", [entity("bold", 0, 1)]),
        ("a > b", "a > b", []),
    ],
)
def test_html(source, text, entities):
    assert parse_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("ä<p>", 'Unsupported start tag "p" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a</b x>", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a ="x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=a:b>a</a>", "Unexpected end of name token at byte offset 8"),
        ('<tg-emoji emoji-id="x">a</tg-emoji>', "Invalid custom emoji identifier specified"),
    ],
)
def test_html_that_cannot_be_parsed(source, words):
    with pytest.raises(BadFormat) as caught:
        parse_html(source)
    assert str(caught.value) == f"can't parse entities: {words}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("*b _i_*", "b i", [entity("bold", 0, 3), entity("italic", 2, 1)]),
        ("__u__ ~s~ ||p||", "u s p", [entity("underline", 0, 1), entity("strikethrough", 2, 1), entity("spoiler", 4, 1)]),
        ("`a.b` ```py\nx```", "a.b x", [entity("code", 0, 3), entity("pre", 4, 1, language="py")]),
        ("[l\\.](http://a.b/\\))", "l.", [entity("text_link", 0, 2, url="http://a.b/)")]),
        ("\\*a\\_b\\.", "*a_b.", []),
        (">q\n>r\nn", "q\nr\nn", [entity("blockquote", 0, 4)]),
        (">q||", "q", [entity("expandable_blockquote", 0, 1)]),
        ("![🙂](tg://emoji?id=5)", "🙂", [entity("custom_emoji", 0, 2, custom_emoji_id="5")]),
        ("😀 *b*", "😀 b", [entity("bold", 3, 1)]),
    ],
)
def test_markdown_v2(source, text, entities):
    assert parse_markdown_v2(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        *[(f"a{c}b", f"Character '{c}' is reserved and must be escaped with the preceding '\\'") for c in "]()>#+-=|{}.!"],
        ("ä*b", "Can't find end of Bold entity at byte offset 2"),
        ("_i", "Can't find end of Italic entity at byte offset 0"),
        ("`c", "Can't find end of Code entity at byte offset 0"),
        ("[l](http", "Can't find end of a URL at byte offset 4"),
        (">*q\nn", "Can't find end of Bold entity at byte offset 1"),
        ("![x](http://a.b)", "The entity must contain a tg://emoji or tg://time URL"),
    ],
)
def test_markdown_v2_that_cannot_be_parsed(source, words):
    with pytest.raises(BadFormat) as caught:
        parse_markdown_v2(source)
    assert str(caught.value) == f"can't parse entities: {words}"


def test_old_markdown():
    """Nothing nests; brackets without an address stay words."""
    source = "*b* _i_ `c` ```p``` [l](http://a.b) [x] \\_"
    text, entities = parse_markdown(source)
    assert text == "b i c p l x _"
    kinds = [(one["type"], one["offset"]) for one in entities]
    assert kinds == [("bold", 0), ("italic", 2), ("code", 4), ("pre", 6), ("text_link", 8)]


def test_what_telegram_finds_by_itself():
    """Commands, links, mentions, hashtags; nothing inside code or a link."""
    text = "/go see https://a.b/c. @ann_b #calm a@b.c 1/2"
    found = find_entities(text)["entities"]
    assert [(one["type"], text[one["offset"] : one["offset"] + one["length"]]) for one in found] == [
        ("bot_command", "/go"),
        ("url", "https://a.b/c"),
        ("mention", "@ann_b"),
        ("hashtag", "#calm"),
    ]
    assert find_entities("/go", [entity("code", 0, 3)]) == {"entities": [entity("code", 0, 3)]}
    assert find_entities("no such thing") == {}


def test_entities_move_with_the_white_space_that_is_cut():
    """What lay in the cut part only is gone."""
    kept = trim("  a b \n", [entity("bold", 0, 3), entity("italic", 4, 3), entity("code", 5, 2)])
    assert kept == ("a b", [entity("bold", 0, 1), entity("italic", 2, 1)])


def test_entities_without_effect_are_dropped():
    """Empty ones, and those that Telegram finds itself."""
    given_entities = [entity("bold", 0, 0), entity("url", 0, 1), entity("italic", -1, 1), entity("italic", 0, 1)]
    assert check_entities("abc", given_entities) == [entity("italic", 0, 1)]


MARKS = st.text(alphabet="ab😀 \n<>/&;*_~|`[]()!\\.=\"'", max_size=40) | st.lists(
    st.sampled_from(["<b>", "</b>", "<a href='x.y'>", "</a>", "<pre>", "</pre>", "&lt;", "*", "__", "```", "\n>", "||", "x", "😀"]),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("parse", [parse_html, parse_markdown_v2, parse_markdown])
@given(source=MARKS)
def test_any_source_is_parsed_or_refused(parse, source):
    """Never anything but BadFormat; entities lie inside the text and in order."""
    try:
        text, entities = parse(source)
    except BadFormat as error:
        assert str(error).startswith("can't parse entities: ")
        return
    assert all(one["offset"] >= 0 and one["length"] > 0 and one["offset"] + one["length"] <= count_units(text) for one in entities)
    assert [one["offset"] for one in entities] == sorted(one["offset"] for one in entities)
