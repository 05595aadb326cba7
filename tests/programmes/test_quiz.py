"""The quiz: it loads, its points add up, its branches part and its questions refuse what makes no sense."""

import pytest

RIGHT = {
    "hours": "Seven to nine hours",
    "animal": "The dolphin",
    "caffeine": ["Coffee", "Black tea", "Dark chocolate"],
    "week": "56",
    "stage": "REM",
    "night": "7.5",
    "helps": "Reading",
}


@pytest.fixture(scope="module")
def quiz(load):
    """The programme."""
    return load("quiz")[0]


@pytest.fixture
def walk(quiz, walker):
    """Walks the quiz with the right answers but for those given."""
    return lambda **changed: walker[0](quiz, "sleep", {**RIGHT, **changed})


def test_it_loads_without_any_finding(loaded):
    """Neither errors nor warnings."""
    assert [str(finding) for finding in loaded.findings if "quiz" in finding.path] == []
    assert "quiz" in loaded.programmes


def test_it_has_one_flow_in_its_menu_and_nothing_else(quiz):
    """So that it begins at once: no days, no consent, a single flow."""
    assert (quiz.menu, quiz.days, quiz.consent, list(quiz.flows)) == ({"": ("sleep",)}, (), None, ["sleep"])


def test_all_right_answers_give_five_points(walk):
    """The whole way of somebody who knows everything."""
    done = walk()
    assert done.ended == "done"
    assert done.path == list(RIGHT)
    assert done.answers["score"] == 5
    assert "**5 of 5.**" in done.text
    assert "Right, the dolphin." in done.text
    assert "Seven nights of eight hours are 56. You said" not in done.text
    assert "rapid eye movement" in done.said[-1]


@pytest.mark.parametrize(
    ("changed", "score"),
    [
        ({"hours": "About five hours"}, 4),
        ({"animal": "The cat"}, 4),
        ({"week": "48"}, 4),
        ({"stage": "ABC"}, 4),
        ({"stage": "rem"}, 5),
        ({"caffeine": ["Coffee", "Black tea"]}, 4),
        ({"caffeine": ["Coffee", "Black tea", "Dark chocolate", "Camomile tea"]}, 4),
        ({"night": "3", "helps": "Music"}, 5),
        ({"hours": "About four hours", "animal": "The mouse"}, 3),
        ({"hours": "About four hours", "animal": "The mouse", "week": "8"}, 2),
        ({"hours": "About four hours", "animal": "The mouse", "week": "8", "stage": "XYZ", "caffeine": ["Camomile tea"]}, 0),
    ],
)
def test_every_right_answer_is_a_point(walk, changed, score):
    """The score, and exactly the closing words that belong to it."""
    done = walk(**changed)
    assert done.answers["score"] == score
    endings = {
        "all": "**5 of 5.** You could",
        "some": f"**{score} of 5.** A good night's work.",
        "few": f"**{score} of 5.** Sleep on it",
    }
    heard = [name for name, words in endings.items() if words in done.text]
    assert heard == ["all" if score == 5 else "some" if score >= 3 else "few"]


def test_a_wrong_animal_is_told_by_its_name(walk):
    """The branch of the wrong choices mirrors the label and joins the others again."""
    done = walk(animal="The mouse")
    assert "The mouse? It was the dolphin." in done.text
    assert "Right, the dolphin." not in done.text
    assert done.path == list(RIGHT)


def test_a_wrong_sum_is_reckoned_out(walk):
    """`next` passes over the note only for the right number."""
    assert "Seven nights of eight hours are 56. You said 48." in walk(week="48").text


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"week": "169"}, "A whole week has 168 hours"),
        ({"week": "-1"}, "A whole week has 168 hours"),
        ({"week": "5.5"}, "integer"),
        ({"stage": "deep"}, "Exactly three letters, please."),
        ({"stage": "R3M"}, "Exactly three letters, please."),
        ({"night": "25"}, "A day has 24 hours."),
        ({"night": "long"}, "decimal"),
    ],
)
def test_what_makes_no_sense_is_refused(walk, changed, complaint):
    """The question stays open and says why."""
    halted = walk(**changed)
    assert halted.ended is None
    assert halted.run.step == next(iter(changed))
    assert halted.complaints[0].startswith(complaint)


def test_edges_are_taken(walk):
    """The bounds themselves are answers."""
    assert walk(week="168", night="24").answers["week"] == 168
    assert walk(week="0", night="0").answers["night"] == 0


def test_a_short_night_gets_a_kind_word(walk):
    """Below seven hours, with what the person said helps; not for seven, not when skipped."""
    short = walk(night="5,5", helps=("Other", "counting tiles"))
    assert "5.5 hours last night." in short.text
    assert "Perhaps this helps tonight: counting tiles." in short.text
    assert "last night. One short night" not in walk(night="7").text
    skipped = walk(night="Skip")
    assert skipped.ended == "done"
    assert "last night. One short night" not in skipped.text


def test_choices_are_shuffled_from_run_to_run(quiz, walker):
    """`randomize` shows all choices, in more than one order."""
    orders = set()
    for number in range(1, 13):
        asked = walker[0](quiz, "sleep", {}, number=number).asked
        orders.add(tuple(button.label for row in asked.rows for button in row))
    assert len(orders) > 1
    assert {frozenset(order) for order in orders} == {frozenset(orders.pop())}


def test_anybody_comes_to_the_end(quiz, walker):
    """Random presses and words end the quiz, and no expression fails on the way."""
    for seed in range(60):
        done = walker[1](quiz, "sleep", seed)
        assert (seed, done.ended, done.faults) == (seed, "done", [])
        assert 0 <= done.answers["score"] <= 5
