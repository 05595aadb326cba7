"""Three calm evenings: they load, part by how tense somebody is, give words back, and say where help is."""

import struct

import pytest
from PIL import Image

from flow.kinds.group import Group
from flow.state.inputs import Elapsed

DAYS = ("day-1", "day-2", "day-3")
EXERCISES = ("breathing", "release", "grounding", "thoughts")
EMERGENCY, HELPLINES = "your local emergency number", "findahelpline.com"
MOST_CAPTION = 1024  # characters, https://core.telegram.org/bots/api#sendphoto
LARGEST = {".jpg": 200_000, ".mp4": 500_000, ".mp3": 600_000}  # bytes
EVENING = {
    "day-1": {"before": "6", "places": ["Jaw", "Neck and shoulders"], "feeling": "tight", "after": "4"},
    "day-2": {"before": "6", "five": "lamp, cup", "four": "wool, table", "after": "4"},
    "day-3": {"before": "6", "way": "Count with me", "minutes": "Two minutes", "plan": "breathe out once", "after": "4"},
}


@pytest.fixture(scope="module")
def calm(load):
    """The programme."""
    return load("calm")[0]


@pytest.fixture(scope="module")
def folder(load):
    """Its folder."""
    return load("calm")[1]


@pytest.fixture
def walk(calm, walker):
    """Walks a flow; an evening with its usual answers but for those given."""
    return lambda flow, earlier=None, **changed: walker[0](calm, flow, {**EVENING.get(flow, {}), **changed}, earlier)


def steps_of(calm, flow):
    """The steps that do something: groups opened."""
    found, pending = [], list(calm.flows[flow].steps)
    while pending:
        step = pending.pop(0)
        if isinstance(step, Group):
            pending = [*step.steps, *pending]
        else:
            found.append(step)
    return found


def media_of(calm):
    """Every file that any step shows, with the field it is shown in."""
    fields = ("image", "video", "audio", "voice", "animation", "file")
    for flow in calm.flows:
        for step in steps_of(calm, flow):
            yield from ((field, getattr(step, field)) for field in fields if getattr(step, field))
            yield from (("image", name) for name in step.album)


# --- the whole


def test_it_loads_without_any_finding(loaded):
    """Neither errors nor warnings."""
    assert [str(finding) for finding in loaded.findings if "calm" in finding.path] == []
    assert "calm" in loaded.programmes


def test_days_menu_and_reminders(calm):
    """Three evenings in order, four exercises and the help page in the menu, a reminder at seven."""
    assert calm.days == DAYS
    assert calm.menu == {"Body": ("breathing", "release"), "Mind": ("grounding", "thoughts"), "Help": ("care",)}
    assert calm.remind.at == "19:00"
    assert len(calm.remind.again_after) == 2
    assert calm.remind.quiet == ("22:00", "08:00")
    assert 0 < calm.inactivity.ask_after < calm.inactivity.expire_after < 86_400


@pytest.mark.parametrize("flow", DAYS)
def test_the_last_question_waits_for_two_hours(calm, walk, flow):
    """What somebody feels the next morning says nothing of the exercise: the evening ends without it."""
    step = calm.flows[flow].step("after")
    assert (step.expires, step.on_expiry) == (7_200, "end")
    done = walk(flow, after=None)
    assert (done.ended, done.run.step) == (None, "after")
    done.put(Elapsed(done.run.question_number))
    assert done.ended == "done"
    assert "after" not in done.answers


@pytest.mark.parametrize("flow", DAYS)
def test_an_evening_has_12_to_20_steps(calm, flow):
    """Long enough to arrive, short enough for ten minutes."""
    assert 12 <= len(steps_of(calm, flow)) <= 20


@pytest.mark.parametrize("flow", EXERCISES)
def test_an_exercise_has_4_to_9_steps(calm, flow):
    """Something for in between."""
    assert 4 <= len(steps_of(calm, flow)) <= 9


@pytest.mark.parametrize("name", ["before", "after"])
def test_tension_is_asked_alike_every_evening(calm, name):
    """The same step, words, scale and meanings, so that the answers make one line."""
    first, *others = [calm.flows[flow].step(name) for flow in DAYS]
    assert (first.parameters.start, first.parameters.end, first.parameters.step) == (1, 10, 1)
    assert first.labels == {1: "calm", 10: "very tense"}
    for step in others:
        assert (step.type, step.label, step.hint) == (first.type, first.label, first.hint)
        assert (step.parameters, step.labels) == (first.parameters, first.labels)


# --- help


def test_help_comes_before_the_first_question(walk):
    """The first evening says what it is not, and where to turn, before it asks anything."""
    done = walk("day-1")
    assert done.path[:2] == ["crisis", "before"]
    first = "\n".join(done.said[:3])
    assert "not medical care" in first
    assert "If you may harm yourself" in first
    assert EMERGENCY in first
    assert HELPLINES in first


def test_help_is_in_the_consent_and_in_the_menu(calm, walk):
    """Whoever looks for it later finds it."""
    page = walk("care")
    assert (page.ended, page.path) == ("done", ["crisis"])
    for words in (calm.consent, page.text):
        assert "not medical care" in words.replace("*", "")
        assert "If you may harm yourself" in words
        assert EMERGENCY in words
        assert HELPLINES in words


@pytest.mark.parametrize("flow", DAYS)
def test_whoever_stays_very_tense_hears_of_help(walk, flow):
    """At 8 or more after an evening, and only then."""
    very, less = walk(flow, after="8").said[-2], walk(flow, after="7")
    assert EMERGENCY in very
    assert HELPLINES in very
    assert not any(EMERGENCY in words for words in less.said[-3:])


def test_every_word_of_help_is_a_link(calm):
    """findahelpline.com is always written as a Markdown link, so that it can be pressed."""
    labels = [calm.consent, *(step.label or "" for flow in calm.flows for step in steps_of(calm, flow))]
    mentions = sum(words.count("[findahelpline.com](https://findahelpline.com)") for words in labels)
    assert mentions == 5
    assert sum(words.count(HELPLINES) for words in labels) == 2 * mentions


# --- the evenings


@pytest.mark.parametrize("flow", DAYS)
@pytest.mark.parametrize(
    ("before", "after", "closing"), [("7", "4", "lighter"), ("5", "5", "same"), ("3", "6", "heavier"), ("9", "2", "lighter")]
)
def test_the_closing_fits_the_gain(calm, walk, flow, before, after, closing):
    """The gain is what went away, and exactly one of the three closings is said, with the person's numbers."""
    done = walk(flow, before=before, after=after)
    assert done.ended == "done"
    assert done.faults == []
    gain = int(before) - int(after)
    assert done.answers["gain"] == gain
    values = {"${before}": before, "${after}": after, "${gain}": str(gain)}
    said = []
    for name in ("lighter", "same", "heavier"):
        words = calm.flows[flow].step(name).label
        for mark, value in values.items():
            words = words.replace(mark, value)
        said += [name] if words in done.said else []
    assert said == [closing]


def test_the_first_evening_walks_through_the_body(walk):
    """Whoever is not very tense goes from head to feet; places and words are given back."""
    done = walk("day-1")
    assert done.path == ["crisis", "before", "head", "shoulders", "belly", "places", "feeling", "after"]
    assert "Good evening, Mona." in done.said[0]
    assert "**Jaw, Neck and shoulders**\n*tight*" in done.text
    assert done.answers["places"] == ["jaw", "shoulders"]
    assert done.said[-1].startswith("That was the first evening, Mona.")


def test_very_tense_people_get_the_gentler_way(walk):
    """From 8 on: hands and feet, open eyes, and less time."""
    gentle, usual = walk("day-1", before="8"), walk("day-1", before="7")
    assert gentle.path == ["crisis", "before", "hands", "feet", "places", "feeling", "after"]
    assert "8 is a lot to carry." in gentle.text
    assert "is a lot to carry" not in usual.text
    assert gentle.seconds == 60 < usual.seconds == 120


def test_nowhere_needs_no_word(walk):
    """Nothing is asked about a tension that is nowhere; nowhere and somewhere together are refused."""
    done = walk("day-1", places=["Nowhere"])
    assert done.path[-2:] == ["places", "after"]
    assert "This is what you found" not in done.text
    both = walk("day-1", places=["Nowhere", "Jaw"])
    assert (both.ended, both.run.step) == (None, "places")
    assert both.complaints == ["Either nowhere or somewhere. Please take one of the two away."]
    none = walk("day-1", places=[])
    assert none.complaints == ["Tick at least one. “Nowhere” counts, too."]


def test_a_typed_place_is_given_back_as_it_is(walk):
    """Markdown that somebody types stays what they typed."""
    done = walk("day-1", places=("Other", "my *left* ear", []), feeling="x" * 100)
    assert "**my *left* ear**" in done.text
    assert walk("day-1", feeling="x" * 101).complaints == ["A word or two is plenty (100 characters)."]


def test_the_second_evening_writes_or_looks(walk):
    """Who is very tense looks and touches instead of writing; both end with sounds, smells, a taste."""
    writing, looking = walk("day-2"), walk("day-2", before="8")
    assert writing.path == ["before", "five", "four", "three", "two", "one", "after"]
    assert looking.path == ["before", "steady", "look", "touch", "three", "two", "one", "after"]
    assert "You saw: *lamp, cup*\nYou felt: *wool, table*" in writing.text
    assert "You saw:" not in looking.text
    assert "you need not write anything" in looking.text


def test_writing_may_be_skipped(walk):
    """Then nothing is given back."""
    for skipped in ({"five": "Skip"}, {"four": "Skip"}):
        done = walk("day-2", **skipped)
        assert done.ended == "done"
        assert "You saw:" not in done.text
    assert walk("day-2", five="x" * 301).complaints == ["Five short words are enough (300 characters)."]


def test_earlier_evenings_are_remembered(walk):
    """Their numbers are told when they are there, and nothing is said when they are not."""
    first = {"day-1": {"before": 8, "after": 5}}
    assert "Last time you came with 8 and left with 5." in walk("day-2", first).text
    assert "Last time" not in walk("day-2").text
    both = {**first, "day-2": {"before": 6, "after": 4}}
    assert "from 8 to 5, then from 6 to 4" in walk("day-3", both).text
    assert "Your evenings so far" not in walk("day-3", first).text


@pytest.mark.parametrize(("minutes", "timers"), [("One minute", 1), ("Two minutes", 2), ("Three minutes", 3)])
def test_the_third_evening_breathes_as_long_as_wanted(walk, minutes, timers):
    """One timer a minute, each beside the breathing light, then the bowl."""
    done = walk("day-3", minutes=minutes)
    names = ["first-minute", "second-minute", "third-minute"][:timers]
    assert done.path == ["before", "way", "minutes", *names, "listen", "plan", "after"]
    assert done.media.count("breathing.mp4") == timers
    assert "Then we count nothing." not in done.text
    assert [media.kind for ask in done.asks if ask.key == "day-3.listen" for media in ask.media] == ["audio"]


def test_nobody_must_count(walk):
    """One's own pace for whoever wants it, and for whoever is very tense without a question."""
    own, tense = walk("day-3", way="At my own pace"), walk("day-3", before="8")
    assert own.path == ["before", "way", "natural", "listen", "plan", "after"]
    assert tense.path == ["before", "natural", "listen", "plan", "after"]
    assert "breathing.mp4" not in own.media + tense.media


def test_the_sentence_is_given_back_at_the_end(walk):
    """With the pictures of the three evenings as an album."""
    done = walk("day-3")
    assert "You wrote: *When it gets tight, I will breathe out once*" in done.said[-1]
    assert done.media[-3:] == ["sea.jpg", "hills.jpg", "candle.jpg"]
    assert walk("day-3", plan="x" * 201).complaints == ["A short sentence is enough (200 characters)."]


# --- the exercises


def test_breathing_goes_on_as_long_as_wanted(walk):
    """One more leads back to the minute."""
    done = walk("breathing", again=("One more", "One more", "That was good"))
    assert (done.ended, done.path.count("minute"), done.seconds) == ("done", 3, 180)
    assert walk("breathing", again="That was good").path == ["minute", "again"]


def test_release_tenses_briefly_and_lets_go_longer(walk):
    """Progressive relaxation: some seconds of tension, then about three times as long to feel it go."""
    softer, hardly = walk("release", change="Softer"), walk("release", change=("Once more", "Hardly"))
    assert [ask.seconds for ask in softer.asks] == [7, 20, 7, 20, None]
    assert softer.said[-1].startswith("Remember how that feels.")
    assert hardly.path.count("fists") == 2
    assert hardly.said[-1].startswith("That is common the first time.")
    assert "never so that it hurts" in softer.said[0]


def test_grounding_counts_down_the_senses(walk):
    """Five, four, three, two, one, and a word for whoever has not arrived."""
    here, elsewhere = walk("grounding", arrived="Here, more or less"), walk("grounding", arrived="Still somewhere else")
    assert here.path == ["five", "four", "three", "two", "one", "arrived"]
    assert "hold something cold" not in here.text
    assert "hold something cold" in elsewhere.text
    assert here.said[-1] == elsewhere.said[-1] == "You are here, Mona, and the floor holds."


def test_thoughts_lie_on_leaves(walk):
    """A written thought is the first leaf; without one there is none; staying leads back to the stream."""
    written = walk("thoughts", thought="the bill", water=("I would like to stay a little", "Some leaves drifted on"))
    silent = walk("thoughts", thought="Skip", water="One got stuck")
    assert "*the bill*" in written.text
    assert written.path == ["thought", "stream", "water", "stream", "water"]
    assert "You watched, and they moved on" in written.said[-1]
    assert "the first leaf" not in silent.text
    assert "stay in the reeds" in silent.said[-1]


def test_anybody_comes_to_the_end_of_every_flow(calm, walker):
    """Random presses and words end each flow, and no expression fails on the way."""
    for flow in calm.flows:
        for seed in range(25):
            done = walker[1](calm, flow, seed)
            assert (flow, seed, done.ended, done.faults) == (flow, seed, "done", [])


# --- media


def test_every_file_is_used_and_every_used_file_is_there(calm, folder):
    """media/ holds what the flows show, and a line on where it comes from."""
    there = {path.name for path in (folder / "media").iterdir()} - {"README"}
    assert {name for _, name in media_of(calm)} == there
    assert len(there) == 9


def test_there_is_one_animation_and_one_sound(calm):
    """And a picture at the beginning of every evening and every exercise, each its own."""
    kinds = dict.fromkeys(media_of(calm))
    assert [pair for pair in kinds if pair[0] != "image"] == [("animation", "breathing.mp4"), ("audio", "bowl.mp3")]
    covers = [steps_of(calm, flow)[0].image for flow in (*DAYS, *EXERCISES)]
    assert None not in covers
    assert len(set(covers)) == 7


def test_files_are_small(folder):
    """Telegram shows them at once, also on a slow line."""
    for path in (folder / "media").iterdir():
        if path.name != "README":
            assert 10_000 < path.stat().st_size < LARGEST[path.suffix], path.name


def test_pictures_are_four_by_three(folder):
    """Readable by Pillow, all of one size."""
    for path in (folder / "media").glob("*.jpg"):
        with Image.open(path) as picture:
            picture.load()
            assert (picture.size, picture.mode) == ((1280, 960), "RGB"), path.name


def test_the_animation_is_silent_and_starts_at_once(folder):
    """H.264 whose index stands before its data, ten seconds long, without a sound track: what Telegram loops."""
    data = (folder / "media" / "breathing.mp4").read_bytes()
    assert data[4:8] == b"ftyp"
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert b"avc1" in data
    assert b"soun" not in data
    header = data.index(b"mvhd")
    scale, length = struct.unpack(">II", data[header + 16 : header + 24])
    assert length / scale == 10


def test_words_fit_under_their_files(calm):
    """A label beside a file is a caption, which Telegram keeps shorter than a message."""
    for flow in calm.flows:
        for step in steps_of(calm, flow):
            if step.image or step.audio or step.animation or step.album:
                assert len(step.label) + len(step.hint or "") < MOST_CAPTION - 300, step.name
