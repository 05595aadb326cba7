"""Every step type by tables: what is asked, what is taken, what is refused, and where the walk goes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flow.engine import Context, begin, resume
from flow.state.effects import Ask, Button, Complain, Ended, Media, Pause, Refused, Rich, Say, Settle
from flow.state.inputs import Back, Edited, Elapsed, Leave, Other, Press, Show, Text

END = {"type": "text", "name": "last", "label": "Anything else?"}
YES_NO = {"type": "select_one", "name": "well", "label": "Well?", "choices": ["Yes", "No"]}


def asks(type_name, **fields):
    """A question of one type."""
    return {"type": type_name, "name": "q", "label": "Question?", **fields}


def flat(person):
    """The labels of all buttons."""
    return [label for row in person.labels() for label in row]


COLOURS = [{"name": "red", "label": "Red"}, {"name": "sea", "label": "Sea blue"}, {"name": "sun", "label": "Yellow"}]


@pytest.mark.parametrize(
    ("step", "typed", "value"),
    [
        (asks("text"), "hello", "hello"),
        (asks("text"), "  *as* typed ${x} ", "  *as* typed ${x} "),
        (asks("text"), "half \ud800 character", "half \ufffd character"),
        (asks("integer"), "7", 7),
        (asks("integer"), " -12 ", -12),
        (asks("integer"), "٤٢", 42),
        (asks("integer"), "４２", 42),
        (asks("decimal"), "7.50", 7.5),
        (asks("decimal"), "7,5", 7.5),
        (asks("decimal"), "٧٫٥", 7.5),
        (asks("decimal"), "7.0", 7),
        (asks("decimal"), "7", 7),
        (asks("range"), "3", 3),
        (asks("range"), "۱۰", 10),
        (asks("range", parameters={"start": 0, "end": 1, "step": 0.1}), "0,3", 0.3),
        (asks("select_one", choices=COLOURS), "sea BLUE", "sea"),
        (asks("select_one", choices=COLOURS), "2", "sea"),
        (asks("select_one", choices=["3", "2", "1"]), "1", "1"),
        (asks("acknowledge"), "ok", True),
        (asks("acknowledge", choices=["I am ready"]), "i am ready", True),
    ],
)
def test_typed_answers(talk, step, typed, value):
    """What fits is kept with its type, and the next question follows."""
    person = talk(step, END).type(typed)
    assert person.answers() == {"q": value}
    assert type(person.answers()["q"]) is type(value)
    assert person.ask().key == "main.last"
    assert person.run.answers[0]["type"] == step["type"]


@pytest.mark.parametrize(("kind", "pressed", "kept"), [("decimal", "1", 1), ("decimal", "1000", 1000), ("integer", "1000", 1000)])
def test_a_number_that_can_be_read_in_two_ways_is_asked_back_with_both_as_buttons(talk, kind, pressed, kept):
    person = talk(asks(kind), END).type("1,000")
    asked = person.first("Complain")
    assert (asked.code, asked.values) == ("which_number", {"first": "1000", "second": "1"})
    assert [button.label for row in asked.rows for button in row] == ["1000", "1"]
    assert not person.run.answers
    (value,) = [button.value for row in asked.rows for button in row if button.label == pressed]
    person.value(value)
    assert [answer["value"] for answer in person.run.answers] == [kept]


@pytest.mark.parametrize("value", ["n", "nx", "n1,000.5x", "n99999999999999999", "n1.5", "n-"])
def test_no_made_up_button_gives_a_number_that_could_not_be_typed(talk, value):
    assert not talk(asks("integer"), END).value(value).run.answers


def test_a_number_that_could_mean_a_label_is_not_a_choices_place(talk):
    """A label typed exactly wins; where labels hold digits a number is no place; without any it is."""
    more, years = ["None", "1", "2", "3 or more"], ["1-3 years", "4-6 years", "7-9 years"]
    assert talk(asks("select_one", choices=more), END).type("3").first("Complain").code == "button"
    assert talk(asks("select_one", choices=more), END).type("2").run.answers[0]["value"] == "2"
    assert talk(asks("select_one", choices=years), END).type("2").first("Complain").code == "button"
    assert talk(asks("select_one", choices=COLOURS), END).type("2").run.answers[0]["value"] == COLOURS[1]["name"]


@pytest.mark.parametrize(
    ("default", "proposed"),
    [("today()", "2026-03-01"), ("concat('a', 'b')", "ab"), ("yes (maybe)", "yes (maybe)"), ("10 - 3", "10 - 3"), ("f(x)", "f(x)")],
)
def test_a_default_is_an_expression_where_it_calls_a_function(talk, default, proposed):
    (row,) = talk(asks("text", default=default)).rows()
    assert [button.label for button in row] == [proposed]


def test_a_question_is_asked_when_it_was_sent_not_before_the_pause_that_came_first(talk):
    """Telegram's own moment counts, for the answer and for the seconds that a timer ran."""
    sent = "2026-03-01T18:55:04+00:00"
    person = talk(asks("timer", seconds=30), END)
    person.context = person.context._replace(asked={"sent_at": sent})
    person.now += timedelta(seconds=9)
    person.press("Skip")
    (answer,) = person.run.answers
    assert (answer["asked_at"], answer["value"]) == (sent, 6)


def test_a_link_takes_values_percent_encoded(talk):
    step = asks("text", link="https://s.example.org/?pid=${first_name}&d=${day}")
    asked = talk(step, context=Context(first_name="Mo na&", day=3)).ask()
    assert asked.media == (Media("link", "https://s.example.org/?pid=Mo%20na%26&d=3"),)


def test_buttons_show_no_markdown(talk):
    choices = ["**Bed** and *chair*", "a_b", "2*3*4", "`x`", "~~no~~", "* star"]
    labels = [button.label for row in talk(asks("select_one", choices=choices)).rows() for button in row]
    assert labels == ["Bed and chair", "a_b", "2*3*4", "x", "no", "* star"]


@pytest.mark.parametrize(
    ("step", "typed", "complaint"),
    [
        (asks("text"), "   ", Complain("required")),
        (asks("text", required_message="Please!"), " ", Complain("required", Rich("Please!"))),
        (asks("text"), "x" * 16001, Complain("long", values={"limit": "16000"})),
        (asks("text", constraint="string-length(.) <= 3"), "four", Complain("shorter", values={"end": "3"})),
        (asks("text", constraint="string-length(.) < 3"), "four", Complain("shorter", values={"end": "2"})),
        (
            asks("text", constraint=". != 'x'", constraint_message="Not ${first_name}"),
            "x",
            Complain("constraint", Rich("Not \ue000", ("Mona",))),
        ),
        (asks("integer"), "7.0", Complain("integer")),
        (asks("integer"), "seven", Complain("integer")),
        (asks("integer"), "", Complain("integer")),
        (asks("integer"), "9" * 16, Complain("range", values={"start": "-999999999999999", "end": "999999999999999"})),
        (asks("integer"), "9" * 70, Complain("integer")),
        (asks("integer", constraint=". > 5"), "5", Complain("at_least", values={"start": "6"})),
        (asks("decimal", constraint=". > 5"), "5", Complain("more_than", values={"start": "5"})),
        (asks("decimal", constraint="5 > ."), "5", Complain("less_than", values={"end": "5"})),
        (asks("integer", constraint=". >= 1 and . <= 10"), "11", Complain("between", values={"start": "1", "end": "10"})),
        (asks("integer", constraint="0 < . and . < 11"), "11", Complain("between", values={"start": "1", "end": "10"})),
        (asks("decimal", constraint=". > 1 and . <= 10"), "11", Complain("constraint")),
        (asks("integer", constraint=". > ${day}"), "-1", Complain("constraint")),
        (asks("integer", constraint=". > 5 or . = 1"), "2", Complain("constraint")),
        (asks("integer", constraint=". != 5"), "5", Complain("constraint")),
        (asks("decimal"), "1e5", Complain("decimal")),
        (asks("decimal"), "nan", Complain("decimal")),
        (asks("decimal"), "½", Complain("decimal")),
        (asks("range"), "11", Complain("range", values={"start": "1", "end": "10", "step": "1"})),
        (asks("range"), "2.5", Complain("step", values={"start": "1", "end": "10", "step": "1"})),
        (asks("range"), "much", Complain("range", values={"start": "1", "end": "10", "step": "1"})),
        (asks("select_one", choices=COLOURS), "green", Complain("button")),
        (asks("select_one", choices=COLOURS), "4", Complain("button")),
        (asks("select_one", choices=COLOURS), "0", Complain("button")),
        (asks("select_one", choices=COLOURS, or_other=True), "green", Complain("button")),
        (asks("select_multiple", choices=COLOURS), "green", Complain("button")),
        (asks("select_multiple", choices=COLOURS), "done", Complain("choice")),
        (asks("acknowledge"), "why?", Complain("button")),
        (asks("timer", seconds=30), "skip", Complain("button")),
        (asks("text", constraint="regex(., '(a|aa)+$b')"), "a" * 400, Complain("constraint")),
    ],
)
def test_what_does_not_fit(talk, step, typed, complaint):
    """A wrong answer is met by one complaint; the question stays open under its number and nothing is kept."""
    person = talk(step, END)
    before = person.run
    person.type(typed)
    assert person.turn.effects == (complaint,)
    assert person.run == before


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (asks("text"), "words"),
        (asks("integer"), "integer"),
        (asks("decimal"), "decimal"),
        (asks("range"), "button"),
        (asks("select_one", choices=COLOURS), "button"),
        (asks("select_multiple", choices=COLOURS), "button"),
        (asks("acknowledge"), "button"),
        (asks("timer", seconds=3), "button"),
    ],
)
def test_stickers_and_voices(talk, step, code):
    """Something that no step takes gets the complaint that tells what is wanted."""
    assert talk(step).put(Other("sticker")).turn.effects == (Complain(code),)


@pytest.mark.parametrize(
    ("step", "label", "value"),
    [
        (asks("select_one", choices=COLOURS), "Sea blue", "sea"),
        (asks("range"), "7", 7),
        (asks("range", parameters={"start": 3, "end": 1, "step": -1}), "2", 2),
        (asks("acknowledge"), "OK", True),
        (asks("acknowledge", choices=["Ready"]), "Ready", True),
        (asks("text", default="as ever"), "as ever", "as ever"),
        (asks("integer", default="${day} + 1"), "4", 4),
        (asks("decimal", default=2.5), "2.5", 2.5),
        (asks("select_one", choices=COLOURS, default="sun"), "✓ Yellow", "sun"),
        (asks("range", default=4), "✓ 4", 4),
    ],
)
def test_pressed_answers(talk, step, label, value):
    """A pressed button answers, and the question is settled with what was chosen, without ticks."""
    person = talk(step, END, context=Context(day=3)).press(label)
    assert person.answers() == {"q": value}
    assert person.first("Settle") == Settle(1, (label.removeprefix("✓ "),))


@pytest.mark.parametrize("kind", ["text", "integer", "decimal", "range", "select_one", "select_multiple", "acknowledge"])
def test_skip(talk, kind):
    """What is not required can be skipped: the answer is kept as empty; what is required can't, whatever is pressed."""
    fields = {"choices": COLOURS} if "select" in kind else {}
    person = talk(asks(kind, **fields, required=False), END).press("Skip")
    assert person.answers() == {"q": None}
    assert person.run.values() == {}
    assert person.ask().key == "main.last"
    strict = talk(asks(kind, **fields), END)
    assert strict.value("skip").turn.effects == (Refused("stale"),)
    assert strict.answers() == {}


def test_required_by_expression(talk):
    """`required` may be an expression of the answers so far; yes and no are XLSForm's."""
    steps = (YES_NO, asks("text", required="${well} = 'Yes'"))
    assert talk(*steps).press("Yes").labels() == []
    assert talk(*steps).press("No").labels() == [["Skip"]]
    assert talk(asks("text", required="no")).labels() == [["Skip"]]


@pytest.mark.parametrize("value", ["", "0 ", "99", "-1", "done", "other", "default", "ok", "skip", "x" * 999, "٠", "0\n"])
@pytest.mark.parametrize("step", [asks("select_one", choices=COLOURS), asks("text"), asks("range", parameters={"end": 3})])
def test_untrusted_presses(talk, step, value):
    """A value that the question never gave out changes nothing."""
    person = talk(step)
    before = person.run
    assert person.value(value).turn.effects == (Refused("stale"),)
    assert person.run == before


def test_stale_press(talk):
    """A button of an earlier question changes nothing."""
    person = talk(YES_NO, asks("select_one", choices=COLOURS)).press("Yes")
    before = person.run
    assert person.put(Press(1, "1")).turn.effects == (Refused("stale"),)
    assert person.run == before


def test_select_multiple(talk):
    """Presses toggle ticks in place; Done takes them in the order of the choices; none at all is met by a word."""
    person = talk(asks("select_multiple", choices=COLOURS, required_message="One at least"), END)
    assert person.value("done").turn.effects == (Complain("choice", Rich("One at least")),)
    person.press("Yellow").press("Red")
    assert person.kinds() == ["Retick"]
    assert person.labels() == [["✓ Red", "Sea blue", "✓ Yellow"], ["Done"]]
    person.press("✓ Yellow").press("Sea blue").press("Done")
    assert person.answers() == {"q": ["red", "sea"]}
    assert person.first("Settle").chosen == ("Red", "Sea blue")


def test_select_multiple_by_typing(talk):
    """Typed labels and numbers toggle ticks too."""
    person = talk(asks("select_multiple", choices=COLOURS), END).type("sea blue").type("1").type("done")
    assert person.answers() == {"q": ["red", "sea"]}


def test_select_multiple_default(talk):
    """A default comes ticked, as a list or in XLSForm's words with blanks; nothing unknown is ticked."""
    for default in (["red", "sun", "mud"], "sun red"):
        assert talk(asks("select_multiple", choices=COLOURS, default=default), END).press("Done").answers() == {"q": ["red", "sun"]}


def test_select_multiple_constraint(talk):
    """A constraint sees the list of names."""
    person = talk(asks("select_multiple", choices=COLOURS, constraint="count-selected(.) <= 1"), END).press("Red").press("Yellow")
    assert person.press("Done").turn.effects == (Complain("constraint"),)
    assert person.press("✓ Red").press("Done").answers() == {"q": ["sun"]}


def test_optional_multiple(talk):
    """Where nothing is required, Done without a tick is an empty list."""
    assert talk(asks("select_multiple", choices=COLOURS, required=False), END).press("Done").answers() == {"q": []}


def test_or_other_one(talk):
    """Other asks for words; they are the answer, unless they name a choice; a choice may still be pressed."""
    step = asks("select_one", choices=COLOURS, or_other=True)
    person = talk(step, {"type": "text", "name": "last", "label": "${q}!"}).press("Other")
    assert person.turn.effects == (Complain("other"),)
    assert person.run.typing
    assert person.put(Show()).kinds() == ["Ask", "Complain"]
    assert person.put(Other("sticker")).turn.effects == (Complain("words"),)
    assert person.type("other").answers() == {"q": "other"}
    assert talk(step).press("Other").type("red").answers() == {"q": "red"}
    assert talk(step).press("Other").type("1").answers() == {"q": "1"}
    assert talk(step).press("Other").press("Yellow").answers() == {"q": "sun"}
    assert talk(step).press("Other").type(" ").turn.effects == (Complain("other"),)


def test_or_other_many(talk, words):
    """Own words become one more tick, which can be taken back; in a text they stand beside the labels."""
    step = asks("select_multiple", choices=COLOURS, or_other=True)
    last = {"type": "text", "name": "last", "label": "${q}"}
    person = talk(step, last).press("Other").type("mud brown")
    assert person.kinds() == ["Retick"]
    person.press("Yellow")
    assert "✓ mud brown" in flat(person)
    person.press("Done")
    assert person.answers() == {"q": ["sun", "mud brown"]}
    assert words(person.ask().text) == "Yellow, mud brown"
    again = talk(step, last).press("Other").type("mud").press("✓ mud").press("Red").press("Done")
    assert again.answers() == {"q": ["red"]}


def test_choice_filter(talk):
    """Only the choices that the filter lets pass are shown, typed numbers count those, and the others can't be pressed."""
    step = asks("select_one", choices=["Yes", "No", "Maybe"], choice_filter="name != ${well}")
    person = talk(YES_NO, step, END).press("Yes")
    assert flat(person) == ["No", "Maybe"]
    assert person.value("0").turn.effects == (Refused("stale"),)
    assert person.type("2").answers()["q"] == "Maybe"


def test_nothing_left_to_choose(talk):
    """A select whose filter leaves nothing can be skipped even if it is required."""
    assert talk(asks("select_one", choices=COLOURS, choice_filter="false()"), END).press("Skip").answers() == {"q": None}


def test_randomize(talk):
    """A shuffled order stays the same within a run, and every choice is there."""
    person = talk(asks("select_one", choices=list("abcdefgh"), parameters={"randomize": True}))
    assert sorted(flat(person)) == list("abcdefgh")
    assert person.labels() == person.labels()
    assert flat(person) != list("abcdefgh")


def test_range_looks(talk, words):
    """Ten numbers are two rows of five; labelled numbers are explained below the hint."""
    ask = talk(asks("range", labels={"1": "calm", "10": "tense"}, hint="Just guess")).ask()
    assert [[button.label for button in row] for row in ask.rows] == [list("12345"), ["6", "7", "8", "9", "10"]]
    assert words(ask.hint) == "Just guess\n1 = calm · 10 = tense"


@pytest.mark.parametrize(
    ("appearance", "rows"),
    [("columns-2", [2, 1]), ("columns-1", [1, 1, 1]), ("likert", [3]), ("inline", [3]), ("reply columns-3", [3])],
)
def test_appearance(talk, appearance, rows):
    """columns-N, likert and reply shape the keyboard."""
    ask = talk(asks("select_one", choices=COLOURS, appearance=appearance)).ask()
    assert [len(row) for row in ask.rows] == rows
    assert ask.reply == ("reply" in appearance)


def test_reply_keyboard_types_labels(talk):
    """With a reply keyboard a typed label is a press, for every type; without one a text stays a text."""
    assert talk(asks("text", appearance="reply", required=False), END).type("Skip").answers() == {"q": None}
    assert talk(asks("text", required=False), END).type("Skip").answers() == {"q": "Skip"}
    assert talk(asks("timer", seconds=9, appearance="reply"), END).type("Skip").answers() == {"q": 1}


def test_timer(talk):
    """A timer is answered with the seconds waited: all of them when it ran out, fewer when it was skipped."""
    step = asks("timer", seconds=30)
    person = talk(step, END)
    assert person.ask().seconds == 30
    assert person.put(Elapsed(1)).answers() == {"q": 30}
    early = talk(step, END)
    early.now += timedelta(seconds=11.26)
    assert early.press("Skip").answers() == {"q": 12.3}
    moved = talk(step, END)
    moved.turn = moved.turn._replace(run=moved.run._replace(asked_at="2026-03-01T19:00:00"))
    assert moved.press("Skip").answers() == {"q": 0}


def test_elapsed_elsewhere(talk):
    """A wait that is over means nothing for an earlier question or for one that never expires."""
    assert talk(asks("timer", seconds=3)).put(Elapsed(9)).turn.effects == (Refused("stale"),)
    assert talk(asks("text")).put(Elapsed(1)).turn.effects == (Refused("stale"),)


def test_expiry(talk):
    """An expired question stays empty and leads to on_expiry, else to the step below."""
    step = asks("text", expires="4h", on_expiry="last")
    assert talk(step, YES_NO, END).put(Elapsed(1)).ask().key == "main.last"
    person = talk(asks("text", expires="4h", go="last"), YES_NO, END).put(Elapsed(1))
    assert person.ask().key == "main.well"
    assert person.answers() == {"q": None}


def test_note_and_pauses(talk):
    """Notes are said and followed by a pause scaled to their length; `pause` sets it, 0s takes it away."""
    note = {"type": "note", "name": "n", "label": "x" * 50}
    assert talk(note, END).turn.effects[:2] == (Say(Rich("x" * 50)), Pause(2.0))
    assert talk({**note, "label": "Hi"}, END).turn.effects[1] == Pause(1.0)
    assert talk({**note, "label": "x" * 900}, END).turn.effects[1] == Pause(6.0)
    assert talk({**note, "pause": "3s"}, END).turn.effects[1] == Pause(3.0)
    assert talk({**note, "pause": "0s"}, END).kinds() == ["Say", "Ask"]
    picture = {"type": "note", "name": "n", "image": "sea.jpg", "link": "https://example.org"}
    assert talk(picture, END).turn.effects[:2] == (
        Say(None, (Media("image", "sea.jpg"), Media("link", "https://example.org"))),
        Pause(2.0),
    )
    assert talk(asks("text", pause="2s"), END).type("x").kinds() == ["Settle", "Pause", "Ask"]


def test_note_with_hint(talk, words):
    """A note's hint stands below its label."""
    assert words(talk({"type": "note", "name": "n", "label": "A", "hint": "B"}, END).first("Say").text) == "A\n\nB"


def test_media(talk):
    """Files of the step, of its choices, of an album, and those of the person's language."""
    step = asks("text", image="sea.jpg", **{"image::ar": "sea-ar.jpg"})
    assert talk(step).ask().media == (Media("image", "sea.jpg"),)
    assert talk(step, context=Context(language="ar")).ask().media == (Media("image", "sea-ar.jpg"),)
    album = talk(asks("text", album=["a.jpg", "b.mp4"])).ask()
    assert album.media == (Media("image", "a.jpg"), Media("video", "b.mp4"))
    choices = [{"name": "a", "label": "A", "image": "a.png"}, "b"]
    assert talk(asks("select_one", choices=choices)).ask().media == (Media("image", "a.png"),)


@pytest.mark.parametrize(
    ("answer", "asked"),
    [("9", "main.slow"), ("5", "main.half"), ("1", "main.below")],
)
def test_next_rules(talk, answer, asked):
    """The first true rule of `next` wins; without one the step below follows."""
    rules = [{"if": "${q} >= 8", "go": "slow"}, {"if": ". >= 5", "go": "half"}, {"if": ". >= 4", "go": "slow"}]
    others = [{"type": "text", "name": name, "label": name} for name in ("below", "half", "slow")]
    assert talk(asks("range", next=rules), *others).type(answer).ask().key == asked


def test_go_of_choices_and_steps(talk):
    """`next` comes before the choice's `go`, that before the step's, `end` ends."""
    choices = [{"name": "a", "label": "A", "go": "x"}, {"name": "b", "label": "B"}, {"name": "c", "label": "C", "go": "end"}]
    others = [{"type": "text", "name": name, "label": name} for name in ("w", "x", "y", "z")]
    step = asks("select_one", choices=choices, go="y", next=[{"if": ". = 'c' and ${day} = 2", "go": "z"}])
    assert talk(step, *others).press("A").ask().key == "main.x"
    assert talk(step, *others).press("B").ask().key == "main.y"
    assert talk(step, *others).press("C").turn.effects == (Settle(1, ("C",)), Ended("done"))
    assert talk(step, *others, context=Context(day=2)).press("C").ask().key == "main.z"


def test_relevant(talk):
    """A step that is not relevant is passed over, without its `go`; a group holds for all inside, also for who jumps in."""
    hidden = {"type": "note", "name": "n", "label": "Hidden", "relevant": "${well} = 'No'", "go": "end"}
    group = {
        "type": "group",
        "name": "g",
        "relevant": "${well} = 'No'",
        "steps": [asks("text"), {"type": "text", "name": "r", "label": "R"}],
    }
    assert talk(YES_NO, hidden, group, END).press("Yes").ask().key == "main.last"
    assert talk(YES_NO, group, END).press("No").ask().key == "main.q"
    jump = {**YES_NO, "go": "r"}
    assert talk(jump, group, END).press("Yes").ask().key == "main.last"
    assert talk(jump, group, END).press("No").ask().key == "main.r"


def test_groups_jumps_and_words(talk):
    """A group's label is said first, and its `go` is followed after its last step; it may be jumped to."""
    group = {"type": "group", "name": "g", "label": "Part two", "steps": [asks("text")], "go": "last"}
    middle = {"type": "text", "name": "m", "label": "M"}
    person = talk({**YES_NO, "go": "g"}, middle, group, middle | {"name": "m2"}, END).press("Yes")
    assert person.kinds() == ["Settle", "Say", "Pause", "Ask"]
    assert person.type("x").ask().key == "main.last"


def test_flow_step(talk, words):
    """An inner flow's answers are its own, `end` in it comes back, and the step's own `go` is followed then."""
    inner = [asks("text", go="end"), {"type": "text", "name": "never", "label": "?"}]
    walk = {"type": "flow", "name": "w", "flow": "inner", "go": "last"}
    person = talk(walk, YES_NO, {"type": "text", "name": "last", "label": "${inner.q} ${q}"}, inner=inner)
    assert person.ask().key == "inner.q"
    assert person.run.frames == ("main.w",)
    person.type("hello")
    assert words(person.ask().text) == "hello "
    assert person.answers("inner") == {"q": "hello"}
    assert person.run.frames == ()
    assert person.type("x").run.status == "done"


def test_calculate(talk, words):
    """Calculations are kept as answers with their type and can be read at once; empty ones are None."""
    steps = [
        asks("integer"),
        {"type": "calculate", "name": "twice", "calculation": "${q} * 2"},
        {"type": "calculate", "name": "half", "calculation": "${twice} div 4"},
        {"type": "calculate", "name": "none", "calculation": "${nothing}"},
        {"type": "text", "name": "last", "label": "${twice} ${half} ${none}"},
    ]
    person = talk(*steps).type("7")
    assert person.answers() == {"q": 7, "twice": 14, "half": 3.5, "none": None}
    assert words(person.ask().text) == "14 3.5 "


def test_known_variables(talk, words):
    """The bot's own variables: in texts as a person would say them, hidden by steps of their name."""
    label = "${first_name} ${language} ${day} ${streak} ${programme} ${flow} ${missing}"
    person = talk(asks("text", label=label), context=Context("Mona *x*", "ar", 2, 1))
    assert words(person.ask().text) == "Mona *x* ar 2 1 Calm evenings Main "
    check = asks("text", label="x", relevant="${programme} = 'calm' and ${flow} = 'main' and ${day} = 2")
    assert talk(check, context=Context(day=2)).run.status == "open"
    own = {"type": "integer", "name": "day", "label": "Which day?"}
    assert words(talk(own, asks("text", label="${day}"), context=Context(day=9)).type("4").ask().text) == "4"


def test_answers_of_other_flows(talk, words):
    """`${flow.step}` is of the newest walk of that flow as a whole: this very one, else an earlier run's; never an older one's."""
    step = asks("text", label="${day-1.place} ${main.q} ${q} ${day-1.gone}")
    flows = {"day_1": [{"type": "select_one", "name": "place", "label": "?", "choices": COLOURS}]}
    person = talk(step, context=Context(earlier={"day-1": {"place": "sea"}, "main": {"q": "before"}}), **flows)
    assert words(person.ask().text) == "Sea blue   "


@pytest.mark.parametrize(
    ("step", "given", "shown"),
    [
        (asks("decimal"), "7.0", "7"),
        (asks("decimal"), "0.10", "0.1"),
        (asks("acknowledge", choices=["Ready"]), "ready", "Ready"),
        (asks("range", parameters={"start": 0, "end": 1, "step": 0.1}), "0.3", "0.3"),
        (asks("text"), "*bold* ${first_name} \ue000", "*bold* ${first_name} \ue000"),
    ],
)
def test_values_in_texts(talk, step, given, shown):
    """A value in a text is what the person would call it, apart from the Markdown around it."""
    person = talk(step, {"type": "text", "name": "last", "label": "You: **${q}**"}).type(given)
    assert person.ask().text == Rich("You: **\ue000**", (shown,))


def test_labels_of_choices_may_name_answers(talk, words):
    """A choice's label is filled too, on buttons and in texts; one that names its own question comes to an end."""
    step = asks("select_one", choices=[{"name": "a", "label": "Like ${first_name}"}, {"name": "b", "label": "I ${q}"}])
    person = talk(step, {"type": "text", "name": "last", "label": "${q}"})
    assert flat(person) == ["Like Mona", "I"]
    assert words(person.press("Like Mona").ask().text) == "Like Mona"
    again = talk(step, {"type": "text", "name": "last", "label": "${q}"})
    assert words(again.press("I").ask().text) == "I I I "


def test_static_texts_are_one_object(talk):
    """The same source comes as the same object for everybody, so that a host can keep its rendering."""
    programme = talk(asks("text")).programme
    first, second = (begin(programme, "main", n, Context(), datetime.now(UTC)).effects[0] for n in (1, 2))
    assert first.text is second.text
    assert talk(asks("text", label="Hi ${first_name}")).ask().text.source == "Hi \ue000"


def test_leave_and_after(talk):
    """Leaving keeps the answers and closes the question; afterwards everything is refused as closed."""
    person = talk(YES_NO, END).press("Yes").put(Leave())
    assert person.turn.effects == (Settle(2), Ended("left"))
    assert person.answers() == {"well": "Yes"}
    assert person.run.ended_at == "2026-03-01T18:55:02+00:00"
    for given in (Text("x"), Press(2, "0"), Back(), Show(), Edited("x"), Other("sticker"), Elapsed(2), Leave()):
        assert person.put(given).turn.effects == (Refused("closed"),)
    assert talk(YES_NO).put(Leave("expired")).run.status == "expired"
    assert talk(YES_NO).put(Leave("nonsense")).run.status == "left"


def test_show(talk):
    """The open question again, under the same number and with its ticks."""
    person = talk(asks("select_multiple", choices=COLOURS)).press("Red")
    before = person.run
    shown = person.put(Show()).ask()
    assert shown.question_number == 1
    assert shown.rows[0][0] == Button("✓ Red", "0")
    assert person.run == before


@pytest.mark.parametrize(
    ("steps", "flows"),
    [
        ([asks("text", go="nowhere")], {}),
        ([asks("text", next=[{"if": "true()", "go": "nowhere"}])], {}),
        ([asks("text"), {"type": "note", "name": "n", "label": "x", "go": "n"}], {}),
        ([asks("text"), {"type": "calculate", "name": "c", "calculation": "1", "go": "c"}], {}),
        ([asks("text"), {"type": "flow", "name": "f", "flow": "nowhere"}], {}),
        (
            [asks("text"), {"type": "flow", "name": "f", "flow": "inner"}],
            {"inner": [{"type": "flow", "name": "f", "flow": "inner"}]},
        ),
        (
            [asks("text"), {"type": "flow", "name": "f", "flow": "inner", "go": "f"}],
            {"inner": [{"type": "note", "name": "n", "label": "x"}]},
        ),
        ([asks("text"), {"type": "range", "name": "r", "label": "?", "parameters": {"step": 0}}], {}),
    ],
)
def test_broken_content(talk, steps, flows):
    """A jump to nowhere, a circle without a question, a missing flow end the run as broken, with one word for the operator."""
    person = talk(*steps, **flows).type("kept")
    assert person.kinds() == ["Settle", "Ended"]
    assert person.run.status == "broken"
    assert person.first("Ended").detail
    assert person.answers()["q"] == "kept"


def test_content_that_is_gone(talk, make):
    """A run whose flow or step is not in the given content ends as broken, its answers kept."""
    person = talk(YES_NO, END).press("Yes")
    for other in (make(YES_NO), make(YES_NO).load({**make(YES_NO).source, "flows": {"x": make(YES_NO).source["flows"]["main"]}})):
        turn = resume(other, person.run, Text("x"), Context(), person.now)
        assert turn.effects[0] == Settle(2)
        assert turn.run.status == "broken"
        assert turn.run.answers[0]["value"] == "Yes"
    assert begin(person.programme, "nowhere", 1, Context(), person.now).run.status == "broken"


def test_expressions_that_fail(talk):
    """A failing expression never ends a run: relevant counts as true, next as false, calculations as empty; it is told."""
    bad = "date(${q}) > today()"
    steps = [
        asks("text", next=[{"if": bad, "go": "last"}]),
        {"type": "calculate", "name": "c", "calculation": f"if({bad}, 1, 2)"},
        {"type": "text", "name": "r", "label": "R", "relevant": bad},
        END,
    ]
    person = talk(*steps).type("my secret")
    assert person.ask().key == "main.r"
    assert person.answers()["c"] is None
    assert [fault.partition(":")[0] for fault in person.turn.faults] == ["main.q", "main.c", "main.r"]
    assert "secret" not in " ".join(person.turn.faults)
    assert talk(asks("text", relevant="((", constraint="))")).type("x").turn.effects == (Complain("constraint"),)


def test_dice_are_the_runs_own(talk):
    """once(random()) stays what it was; the same turn computed twice gives the same."""
    steps = [asks("text"), {"type": "calculate", "name": "c", "calculation": "once(random())", "next": []}, {**END, "go": "q"}]
    person = talk(*steps).type("x")
    first = person.answers()["c"]
    again = resume(person.programme, talk(*steps).run, Text("x"), person.context, person.now)
    assert again.run.answers[-1]["value"] == first
    assert person.type("y").type("z").answers()["c"] == first


def test_zone_of_the_person(talk):
    """now() and today() are the person's own."""
    step = asks("text", label="x", relevant="format-date(now(), '%H') = '20'")
    assert talk(step, context=Context(zone=ZoneInfo("Asia/Jerusalem"))).run.status == "open"
    assert talk(step).run.status == "done"


def test_times_of_answers(talk):
    """An answer says when it was asked and answered; the host may put in the true time of sending."""
    person = talk(asks("text"), END)
    person.turn = person.turn._replace(run=person.run._replace(asked_at="2026-03-01T18:55:00.500000+00:00"))
    person.type("x")
    assert person.run.answers[0] == {
        "flow": "main",
        "step": "q",
        "walk": 1,
        "type": "text",
        "value": "x",
        "asked_at": "2026-03-01T18:55:00.500000+00:00",
        "answered_at": "2026-03-01T18:55:01+00:00",
        "attempt": 1,
        "replaced": False,
    }


def test_unknown_inputs(talk):
    """Something that is no input at all changes nothing."""
    assert talk(asks("text")).put("hello").turn.effects == (Refused("stale"),)


def test_empty_end(talk):
    """A flow without a question is done at once, the pause before its end kept."""
    person = talk({"type": "note", "name": "n", "label": "Bye"})
    assert person.kinds() == ["Say", "Pause", "Ended"]
    assert person.run.status == "done"


def test_ask_names_its_step(talk):
    """Questions are numbered from 1 and named `flow.step`."""
    person = talk(YES_NO, END)
    assert person.ask() == Ask(1, "main.well", Rich("Well?"), None, (), ((Button("Yes", "0"), Button("No", "1")),), False, None)
    assert person.press("No").ask().question_number == 2


def test_the_go_of_an_acknowledges_choice_is_followed(talk):
    ready = asks("acknowledge", choices=[{"name": "Yes", "label": "Yes", "go": "last"}])
    between = {"type": "text", "name": "between", "label": "Between?"}
    person = talk(ready, between, END).press("Yes")
    assert person.run.step == "last"
