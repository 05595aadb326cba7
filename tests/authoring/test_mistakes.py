"""Mistakes as authors make them: each is told with its place, what is wrong, the nearest right word and how to mend it."""

from textwrap import dedent

import pytest

from authoring.check import check_command
from flow.kinds.registry import UNSUPPORTED

HEAD = "programme: calm\ntitle: Calm\ndays: [day-1]\n"
FLOW = "title: One\nsteps:\n  - {type: text, name: ask, label: How are you?}\n"
PNG = b"\x89PNG\r\n\x1a\n and so on"
BOMB = "a: &a [x, x, x, x, x, x, x]\n"
for name, inner in zip("bcdefg", "abcdef", strict=True):
    BOMB += f"{name}: &{name} [{', '.join([f'*{inner}'] * 9)}]\n"
BRACES = "wants quotes inside { } and [ ]"


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Writes the programme `calm` (files by path, the rest as above), with two media files, and gives the findings' lines."""
    monkeypatch.chdir(tmp_path)

    def check_files(files):
        written = {"programme.yaml": HEAD, "day-1.yaml": FLOW, "media/sea.png": PNG, "media/waves.mp4": b"video", **files}
        for name, content in written.items():
            path = tmp_path / "calm" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
        lines, status = check_command(tmp_path, ["calm"])
        assert status == int(any(": error: " in line for line in lines))
        return [line.removeprefix("calm/") for line in lines]

    return check_files


def assert_told(lines, expected):
    """The lines are as many as expected, and each begins with a place and level and holds the words given after ` … `."""
    for line, wanted in zip(lines, expected, strict=False):
        begin, _, words = wanted.partition(" … ")
        assert line.startswith(begin), lines
        assert words in line, lines
    assert len(lines) == len(expected), lines


# (what stands as the second step of day-1.yaml from line 4 on, what is told)
STEPS = [
    # wrong words
    ("{type: nota, name: n, label: x}", ["4:12: error: there is no step type “nota”; did you mean note?"]),
    ("{type: string, name: n, label: x}", ["4:12: error: there is no step type “string”; did you mean text?"]),
    ("{type: number, name: n, label: x}", ["4:12: error: … did you mean integer or decimal?"]),
    ("{type: select_one yesno, name: n, label: x}", ["4:12: error: … did you mean select_one?"]),
    ("{type: [note], name: n, label: x}", ["4:12: error: “type” wants the name of a step type"]),
    ("{type: note, name: n, lable: x}", ["4:27: error: unknown key “lable”; did you mean label?"]),
    ("{type: flow, name: n, flw: ask}", ["4:5: error: “flow” is missing: a flow step", "4:27: error: … did you mean flow?"]),
    ("{type: flow, name: n, flow: [ask]}", ["4:33: error: “flow” wants text, here is a list"]),
    ("{type: note, name: n, label: x, label::ar: y}", ["4:37: error: unknown key “label::ar”: … locale/"]),
    (
        "{type: note, name: n, label: x, 'image::Arabic (ar)': y}",
        ["4:37: error: … like image::ar", "4:59: error: y is not in media/"],
    ),
    ("{type: range, name: n, label: x, parameters: {strat: 1}}", ["4:51: error: unknown key “strat”; did you mean start?"]),
    ("{type: text, name: n, label: x, next: [{if: '1', go: ask}, {else: ask}]}", ["4:64: … go", "4:64: … if", "4:65: … else"]),
    # missing quotes
    ("{type: note, name: n, label: Hi, friend}", ["4:38: error: “friend” stands here like a key … with a comma wants quotes"]),
    ("{type: note, name: n, label: Rest, breathe: well}", ["4:40: error: unknown key “breathe”: … That wants quotes"]),
    ("{type: note, name: n, label: Hi ${first_name}}", [f"4:38: error: … {BRACES}"]),
    ("{type: note, name: n, label: Look: here}", [f"4:38: error: … {BRACES}"]),
    ("{type: note, name: n, label: Room #5}", [f"4:5: error: … {BRACES}"]),
    ("{type: note, name: n, label: 'It's fine'}", [f"4:38: error: … {BRACES}"]),
    ("{type: note, name: n, label: *bold*}", ["4:34: error: a value that starts with * wants quotes"]),
    ("{type: note, name: n, label: @home}", ["4:34: error: … starts with @ wants quotes"]),
    ("{type: note, name: n, label: &home}", ["4:34: error: … with & at its start wants quotes"]),
    ("{type: note, name: n, label: 7}", ["4:34: error: “label” wants text, here is “7”; put it in quotes"]),
    # wrong kinds of values
    ("type:note", ["4:5: error: … a blank belongs behind the “:”"]),
    ("{type: select_one, name: n, label: x, choices: Yes}", ["4:52: error: “choices” wants a list, here is “Yes”; write [Yes]"]),
    ("{type: select_one, name: n, label: x, choices: {a: A}}", ["4:52: error: … each entry begins with “- ”"]),
    ("{type: text, name: n, label: x, next: {if: '1', go: ask}}", ["4:43: error: “next” wants a list"]),
    ("{type: timer, name: n, label: x, seconds: 30s}", ["4:47: error: “seconds” wants a number, here is “30s”; write 30"]),
    ("{type: timer, name: n, label: x, seconds: 100000}", ["4:47: error: “seconds” may be at most 86400"]),
    ("{type: note, name: n, label: x, pause: 2}", ["4:44: error: … like 2s, 15m, 4h or 7d; not “2”"]),
    ("{type: text, name: n, label: x, constraint: true}", ['4:49: error: … write "true()"']),
    ("{type: text, name: n, label: x, appearance: wide}", ["4:49: error: … there is no appearance “wide” (there are inline"]),
    ("{type: acknowledge, name: n, label: x, choices: [a, b]}", ["4:53: error: “choices” is too long: at most 1"]),
    ("{type: text, name: n}", ["4:5: error: this step shows nothing: it needs a label"]),
    ("{type: text, label: x}", ["4:5: error: “name” is missing: a text step needs it"]),
    # names
    ("{type: text, name: ask, label: x}", ["4:24: error: a step “ask” is already in line 3"]),
    ("{type: text, name: my answer, label: x}", ["4:24: error: the name “my answer” can't be a variable"]),
    ("{type: select_one, name: n, label: x, choices: [a, b, a]}", ["4:59: error: the choice “a” is already in line 4"]),
    # jumps
    ("{type: text, name: n, label: x, go: aks}", ["4:41: error: there is no step “aks” in this flow; did you mean ask?"]),
    ("{type: text, name: n, label: x, go: start}", ["4:41: error: there is no step “start” in this flow (there are ask, n, end)"]),
    ("{type: note, name: n, label: x, go: n}", ["4:5: error: from “n” it goes round and round without a question"]),
    # variables and expressions
    ("{type: note, name: n, label: 'Hi ${fist_name}'}", ["4:38: error: nothing is named “fist_name”; did you mean first_name?"]),
    ("{type: text, name: n, label: x, required: '${aks} = 1'}", ["4:48: error: … did you mean ask?"]),
    ("{type: text, name: n, label: x, default: '${aks}'}", ["4:47: error: … did you mean ask?"]),
    ("{type: text, name: n, label: x, constraint: 'strng-length(.) < 9'}", ["4:50: error: … did you mean string-length()?"]),
    ("{type: text, name: n, label: x, constraint: '. == 3'}", ["4:53: error: … equal is written ="]),
    (
        "{type: calculate, name: n, calculation: '${ask} * ''two'''}",
        ["4:56: error: “*” needs a number on both sides; “two” is none"],
    ),
    ("{type: integer, name: n, label: x, constraint: \". != 'high'\"}", ["4:58: error: “n” is a number, which “high” never is"]),
    ("{type: calculate, name: n, calculation: \"jr:choice-name('a', '${ask}')\"}", ["4:66: error: … has no choices to name"]),
    (
        "{type: select_one, name: n, label: x, choices: [a], choice_filter: 'b = 1'}",
        ["4:73: error: … knows of a choice only its name"],
    ),
    # media
    ("{type: note, name: n, image: see.png}", ["4:34: error: see.png is not in media/; did you mean sea.png?"]),
    ("{type: note, name: n, image: media/Sea.png}", ["4:34: error: … did you mean sea.png?"]),
    ("{type: note, name: n, image: waves.mp4}", ["4:34: error: … write video: waves.mp4"]),
    ("{type: note, name: n, album: [sea.png, ../x.png]}", ["4:44: error: ../x.png leads out of the media folder"]),
    ("{type: note, name: n, label: x, image: sea.png, video: waves.mp4}", ["4:5: error: … here are image and video"]),
    ("{type: note, name: n, label: x, link: example.org}", ["4:43: warning: a link is an address that begins with https://"]),
    # what can't be answered
    ("{type: range, name: n, label: x, parameters: {start: 5, end: 1}}", ["4:50: error: from 5 no step of 1 comes to 1"]),
    ("{type: range, name: n, label: x, parameters: {end: 97}}", ["4:50: error: from 1 to 97 by 1 are more than 96 buttons"]),
    ("{type: range, name: n, label: x, parameters: {end: 1.0e300, step: 1.0e-300}}", ["4:50: error: … more than 96 buttons"]),
    ("{type: select_one, name: n, label: x, choices: [a, b], default: c}", ["4:69: warning: the default “c” is no choice of “n”"]),
    ("{type: integer, name: n, label: x, default: some}", ["4:49: warning: the default “some” is no number"]),
]


@pytest.mark.parametrize(("step", "expected"), STEPS)
def test_a_wrong_step(check, step, expected):
    """One wrong step: exactly what is expected is told, at the word it is about, and nothing besides."""
    assert_told(check({"day-1.yaml": FLOW + f"  - {step}\n"}), [f"day-1.yaml:{line}" for line in expected])


@pytest.mark.parametrize("type_name", UNSUPPORTED)
def test_types_that_come_later(check, type_name):
    """A type of the format that this version does not serve yet is told as such, once, with those that it serves."""
    lines = check({"day-1.yaml": FLOW + f"  - {{type: {type_name}, name: n, label: x}}\n"})
    words = f"day-1.yaml:4:12: error: the step type “{type_name}” is not served by this version yet (there are note, acknowledge"
    assert_told(lines, [words])


FILES = [
    (
        "a tab for the indentation",
        {"day-1.yaml": "title: x\nsteps:\n\t- type: note\n"},
        ["day-1.yaml:3:1: error: a tab stands here; YAML is indented with spaces"],
    ),
    (
        "a tab within a step",
        {"day-1.yaml": FLOW + "  - type: note\n\tname: n\n"},
        ["day-1.yaml:5:1: error: a tab stands here"],
    ),
    (
        "a line indented too far",
        {"day-1.yaml": FLOW + "  - type: note\n    name: n\n     label: x\n"},
        ["day-1.yaml:6:11: error: … a line indented too far"],
    ),
    (
        "a line indented too little",
        {"day-1.yaml": FLOW + "  - type: note\n   name: n\n"},
        ["day-1.yaml:5:4: error: the indentation is uneven here"],
    ),
    (
        "a dash forgotten between two steps",
        {"day-1.yaml": FLOW + "  - type: text\n    name: n\n    label: x\n    type: note\n"},
        ["day-1.yaml:7:5: error: “type” is here twice; the first is in line 4; a new step begins with “- ”"],
    ),
    (
        "no dash at all",
        {"day-1.yaml": "title: x\nsteps:\n  type: text\n  name: n\n"},
        ["day-1.yaml:3:3: error: “steps” wants a list, here is keys and values; each entry begins with “- ”"],
    ),
    (
        "a quote never closed",
        {"day-1.yaml": FLOW + '  - type: note\n    name: n\n    label: "open\n'},
        ["day-1.yaml:6:12: error: this quote is never closed"],
    ),
    (
        "quotes inside quotes",
        {"day-1.yaml": FLOW + '  - type: note\n    name: n\n    label: "a "b" c"\n'},
        ["day-1.yaml:6:16: error: … a quote ends too early"],
    ),
    (
        "a text that begins with a brace",
        {"day-1.yaml": FLOW + "  - type: note\n    name: n\n    label: {first_name}, hello\n"},
        ["day-1.yaml:6:24: error: a value that starts with { or ["],
    ),
    *(
        (
            f"a text that begins with {character}",
            {"day-1.yaml": FLOW + f"  - type: note\n    name: n\n    label: {character} x\n"},
            [f"day-1.yaml:6:12: error: a value that starts with {character} wants quotes"],
        )
        for character in "@%`?->|"
    ),
    (
        "merging",
        {"day-1.yaml": "title: x\nsteps:\n  - &a {type: text, name: n, label: x}\n  - {<<: *a, name: m}\n"},
        ["day-1.yaml:4:5: error: “type” is missing", "day-1.yaml:4:6: error: “<<” (merging) is no part of YAML 1.2"],
    ),
    ("an empty file", {"day-1.yaml": ""}, ["day-1.yaml:1:1: error: the file is empty"]),
    ("only a comment", {"day-1.yaml": "# soon\n"}, ["day-1.yaml:1:1: error: the file is empty"]),
    ("a list", {"day-1.yaml": "- a\n"}, ["day-1.yaml:1:1: error: the file must hold keys and values"]),
    ("UTF-16", {"day-1.yaml": FLOW.encode("utf-16")}, ["day-1.yaml:1:1: error: this is not UTF-8 text: save the file as UTF-8"]),
    (
        "Latin-1 after other letters",
        {"day-1.yaml": FLOW.encode() + "  # ü".encode() + b"\xe9\n"},
        ["day-1.yaml:4:6: error: this is not UTF-8"],
    ),
    ("bytes of no text", {"day-1.yaml": b"title: x\0\n"}, ["day-1.yaml:1:9: error: the character U+0000 has no place in a text"]),
    (
        "too large",
        {"day-1.yaml": "title: " + "x" * 1_000_001},
        ["day-1.yaml:1:1: error: the file is larger than 1000000 characters"],
    ),
    ("far too large", {"day-1.yaml": "title: " + "€" * 1_400_000}, ["day-1.yaml:1:1: error: the file is larger than 1000000"]),
    ("too deep", {"day-1.yaml": "title: x\nsteps: " + "[" * 100_000}, ["day-1.yaml:2:57: error: nested deeper than 50 levels"]),
    (
        "an alias bomb",
        {"day-1.yaml": BOMB},
        ["day-1.yaml:5:4: error: more than 100000 values, aliases counted"],
    ),
    ("a colon in the title", {"programme.yaml": HEAD.replace("Calm", "Calm: seven")}, ["programme.yaml:2:12: error: a second “:”"]),
    (
        "a wrong name",
        {"programme.yaml": HEAD.replace("calm", "clam")},
        ["programme.yaml:1:12: error: programme must be the folder's name, “calm”"],
    ),
    (
        "neither days nor menu",
        {"programme.yaml": "programme: calm\ntitle: Calm\n"},
        [
            "day-1.yaml:1:1: warning: nobody comes to the flow “day-1”",
            "programme.yaml:1:1: error: a programme needs days, a menu or both",
        ],
    ),
    (
        "a day twice",
        {"programme.yaml": HEAD.replace("[day-1]", "[day-1, day-1]")},
        ["programme.yaml:3:15: error: “day-1” is already one"],
    ),
    ("days that are no list", {"programme.yaml": HEAD.replace("[day-1]", "day-1")}, ["programme.yaml:3:7: error: … write [day-1]"]),
    (
        "a flow that is not there",
        {"programme.yaml": HEAD + "menu: {Body: [dya-1]}\n"},
        ["programme.yaml:4:15: error: … did you mean day-1?"],
    ),
    ("flows in programme.yaml", {"programme.yaml": HEAD + "flows: {}\n"}, ["programme.yaml:4:1: error: unknown key “flows”"]),
    (
        "every setting wrong",
        {
            "programme.yaml": HEAD
            + "version: 2026.11\nlanguages: [Arabic]\ndefault_language: en\nremind: {at: 25:00, again_after: 2h, quiet: [a]}\n"
            + "inactivity: {ask_after: 15}\ndays_missed: go\nconsent: [a]\n"
        },
        [
            "programme.yaml:4:10: error: “version” wants text, here is “2026.11”; put it in quotes",
            "programme.yaml:5:13: error: a language is written as name and code: English (en)",
            "programme.yaml:6:19: error: … English (en)",
            "programme.yaml:7:14: error: … a time of day is written like 19:00; not “25:00”",
            "programme.yaml:7:34: error: … write [2h]",
            "programme.yaml:7:45: error: 2 values are wanted here",
            "programme.yaml:7:46: error: a time of day is written like 19:00",
            "programme.yaml:8:25: error: … not “15”",
            "programme.yaml:9:14: error: “days_missed” may be stop, skip",
            "programme.yaml:10:10: error: “consent” wants text, here is a list",
        ],
    ),
    (
        "times that make no sense",
        {
            "programme.yaml": HEAD
            + "remind: {at: 22:30, again_after: [2h, 0s], quiet: [22:00, 08:00]}\n"
            + "inactivity: {ask_after: 2d, expire_after: 36h}\n"
        },
        [
            "programme.yaml:4:14: warning: 22:30 lies in the quiet hours: the reminder waits for their end, 08:00",
            "programme.yaml:4:39: error: a wait of 0s is none: it would come together with the first reminder",
            "programme.yaml:5:25: warning: it is never asked whether to go on",
        ],
    ),
    (
        "reminders without days, and no time at all",
        {"programme.yaml": "programme: calm\ntitle: Calm\nmenu: [day-1]\nremind: {at: 09:00}\ninactivity: {expire_after: 0h}\n"},
        ["programme.yaml:4:9: warning: nobody is reminded", "programme.yaml:5:28: error: a wait of 0h is none"],
    ),
    (
        "a window of reminders over quiet hours",
        {
            "programme.yaml": HEAD
            + "remind: {at: {between: [20:00, 23:00]}, quiet: [22:00, 08:00]}\ninactivity: {ask_after: 1h, expire_after: 2h}\n"
        },
        [],
    ),
    ("a .yml file", {"old.yml": FLOW}, ["old.yml:1:1: error: name it old.yaml", "old.yml:1:1: warning: nobody comes to"]),
    ("a .yml beside its .yaml", {"day-1.yml": FLOW}, ["day-1.yml:1:1: error: name it day-1.yaml"]),
]


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_a_wrong_file(check, files, expected):
    """One wrong file: exactly what is expected is told, and nothing besides."""
    assert_told(check(files), expected)


def test_every_mistake_at_once(check):
    """What is no YAML hides neither the mistakes of the same file nor those of others, and what it names is not missed."""
    flow = """\
        title: Day 1: noticing
        steps:
          - {type: note, name: hello, label: Hi ${first_name}, good evening}
          - type: text
            name: ask
            label: What: now
          - {type: note, name: told, label: "You said ${ask}, ${aks}", go: hello}
          - type: select_one
            name: place
            label: Where?
            choices:
              - {name: a, label: At home: bed}
              - {name: b, label: B, go: nowhere}
          - {type: nota, name: odd, label: x}
          - {type: note, name: open, label: "never closed}
          - {type: note, name: fine, label: "x ${place} ${last}", go: plce}
          - {type: text, name: last, label: 'It's'}
        """
    lines = check({"day-1.yaml": flow, "programme.yaml": HEAD + "menu: [day-2]\nversoin: x\n"})
    assert_told(
        lines,
        [
            "day-1.yaml:1:13: error: a second “:” in one value",
            f"day-1.yaml:3:42: error: … {BRACES}",
            "day-1.yaml:6:16: error: a second “:” in one value",
            "day-1.yaml:7:55: error: nothing is named “aks”",
            f"day-1.yaml:12:33: error: … {BRACES}",
            "day-1.yaml:14:12: error: there is no step type “nota”; did you mean note?",
            "day-1.yaml:15:37: error: this quote is never closed",
            "day-1.yaml:16:63: error: there is no step “plce” in this flow",
            f"day-1.yaml:17:41: error: … {BRACES}",
            "programme.yaml:4:8: error: there is no flow “day-2”: day-2.yaml is missing; did you mean day-1?",
            "programme.yaml:5:1: error: unknown key “versoin”; did you mean version?",
        ],
    )


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("a byte order mark", {"day-1.yaml": b"\xef\xbb\xbf" + FLOW.encode(), "programme.yaml": b"\xef\xbb\xbf" + HEAD.encode()}),
        ("Windows' line ends", {"day-1.yaml": FLOW.replace("\n", "\r\n"), "programme.yaml": HEAD.replace("\n", "\r\n")}),
        ("an old Mac's line ends", {"day-1.yaml": FLOW.replace("\n", "\r")}),
        (
            "folders of later tools",
            {"locale/ar.po": "msgid", "stories/a.yaml": "story: [", "README.md": "x", ".draft.yaml": "x: ["},
        ),
        ("steps at the margin", {"day-1.yaml": FLOW.replace("\n  ", "\n")}),
        ("separators of lines that YAML 1.2 knows not", {"day-1.yaml": FLOW.replace("you", "you\u2028and\u0085now")}),
        ("a document's marks", {"day-1.yaml": "%YAML 1.2\n---\n" + FLOW + "...\n"}),
        (
            "anchors",
            {
                "day-1.yaml": "title: x\nsteps:\n  - {type: select_one, name: a, label: A, choices: &c [Yes, No]}\n"
                "  - {type: select_one, name: b, label: B, choices: *c}\n"
            },
        ),
        ("languages", {"programme.yaml": HEAD + "default_language: English (en)\nlanguages: [Arabic (ar), Portuguese (pt-BR)]\n"}),
    ],
)
def test_what_is_no_mistake(check, name, files):
    """These are told nothing of."""
    assert check(files) == [], name


def test_places_are_those_an_editor_shows(check):
    """Lines and columns count what an editor counts: after line ends of every kind, other scripts and wide letters."""
    wrong = "  - {type: nota, name: n, label: '🙂 ${x}'}\n"
    for ends in ("\n", "\r\n", "\r"):
        lines = check({"day-1.yaml": ("# ü 🙂\n" + FLOW.replace("you", "ты\u2028ты") + wrong).replace("\n", ends).encode()})
        assert_told(lines, ["day-1.yaml:5:12: error: there is no step type “nota”", "day-1.yaml:5:37: error: nothing is named “x”"])


def test_steps_that_are_left_and_come_back(check):
    """Ways through groups, choices without a way below, and expired questions raise no false alarm."""
    steps = """\
        title: x
        steps:
          - {type: note, name: again, label: x}
          - type: group
            name: inner
            steps:
              - {type: text, name: one, label: x}
            next: [{if: "${one} = 'again'", go: again}]
          - {type: text, name: two, label: x, go: end, expires: 4h}
          - type: select_one
            name: three
            label: x
            choice_filter: not(selected(${one}, name))
            choices: [{name: a, label: A, go: end}, {name: b, label: B, go: end}]
          - {type: text, name: four, label: x}
        """
    assert check({"day-1.yaml": steps}) == []
    circle = steps.replace("type: text, name: one", "type: calculate, calculation: '1', name: one").replace(
        ", label: x}\n    next", "}\n    next"
    )
    assert check({"day-1.yaml": circle})[0].endswith("from “again” it may go round and round without a question")
