"""XLSForm's expressions: reading, ODK's rules for empty answers, every function, bounds, and exact places of errors."""

import random
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow.expressions.expression import Expression, ExpressionError, Reference, compile_expression, split_template
from flow.expressions.functions import FUNCTIONS
from flow.expressions.values import LONGEST


class Person:
    """A scope with fixed answers; the clock stands at 23:30 of 1 March 2026 in Jerusalem."""

    def __init__(self, self_value=None, **answers):
        self.answers = {name.replace("__", "."): value for name, value in answers.items()}
        self.self_value = self_value
        self.now = datetime(2026, 3, 1, 23, 30, 15, tzinfo=ZoneInfo("Asia/Jerusalem"))
        self.random = random.Random(7)
        self.position = 3

    def lookup(self, name):
        return self.answers.get(name)

    def choice_label(self, name, value):
        return f"{name}:{value.title()}"


def value(source, **answers):
    """The value of `source`; `self_value=` sets what `.` is."""
    return compile_expression(source).evaluate(Person(**answers))


def error(source):
    """The error that compiling `source` must raise."""
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source)
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("-2 + 5", 3),
        ("--2", 2),
        ("7 div 2", 3.5),
        ("8 div 2", 4),
        ("7 mod 3", 1),
        ("-7 mod 3", -1),
        ("0.1 + 0.2", 0.3),
        (".5 + .5", 1),
        ("5 mod 0", ""),
        ("1 div 0", ""),
        ("1 div 0 > 5", True),
        ("0 div 0 = 0 div 0", False),
        ("'a' = \"a\"", True),
        ("1 = 1.0 and 2 != 3", True),
        ("1 < 2 = true()", True),
        ("true() or 1 div 0", True),
        ("false() and true() or true()", True),
        ("'3' + '4'", 7),
        ("'2,5' * 2", 5),
        ("'10' > '9'", True),
        ("2>1", True),
        ("5mod 2", 1),
    ],
)
def test_operators(source, expected):
    """Operators bind as in XPath and whole numbers come out as int."""
    result = value(source)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${x} = ''", True),
        ("${x} != ''", False),
        ("${x} > 0", False),
        ("${x} <= 0", False),
        ("${x} = 0", False),
        ("${x} != 0", True),
        ("${x} + 1", ""),
        ("not(${x})", True),
        ("${x}", ""),
        ("string-length(${x})", 0),
        ("count-selected(${x})", 0),
        ("selected(${x}, 'a')", False),
        ("concat('<', ${x}, '>')", "<>"),
        ("coalesce(${x}, 'none')", "none"),
        ("sum(${x}, 2)", 2),
        ("count(${x}, 2)", 1),
        ("min(${x}, 4, 3)", 3),
        ("max(${x})", ""),
        ("date(${x})", ""),
        ("format-date(${x}, '%Y')", ""),
        ("decimal-date-time(${x})", ""),
        ("regex(${x}, '.*')", True),
        ("jr:choice-name(${x}, '${x}')", ""),
        ("if(${x}, 1, 2)", 2),
        ("round(${x}, 1)", ""),
        ("substr(${x}, 0, 2)", ""),
        ("number(${x})", ""),
    ],
)
@pytest.mark.parametrize("empty", [None, "", []])
def test_empty_answers(source, expected, empty):
    """An unanswered question behaves as in ODK: '' as text, not-a-number in comparisons, left out of sums."""
    assert value(source, x=empty) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("selected(${many}, 'red')", True),
        ("selected(${many}, 're')", False),
        ("selected(${one}, 'sitting')", True),
        ("selected('a b c', 'b')", True),
        ("selected-at(${many}, 1)", "blue"),
        ("selected-at(${many}, 9)", ""),
        ("count-selected(${many})", 2),
        ("count-selected('a b c')", 3),
        ("count(${many})", 2),
        ("${many} = 'red blue'", True),
        ("${many}", ["red", "blue"]),
        ("if(${age} > 18, 'adult', 'child')", "adult"),
        ("coalesce('', ${age})", 40),
        ("regex(${one}, 'sit')", False),
        ("regex(${one}, 'sit.*')", True),
        ("regex('12', '[0-9]{2}')", True),
        ("string-length('شجرة')", 4),
        ("string-length(.)", 5),
        ("contains(., 'ell') and starts-with(., 'he') and ends-with(., 'lo')", True),
        ("substr(., 1)", "ello"),
        ("substr(., 1, 3)", "el"),
        ("substr(., -2)", "lo"),
        ("substr(., 0, -1)", "hell"),
        ("substr(., 4, 2)", ""),
        ("substring-before('a-b', '-')", "a"),
        ("substring-after('a-b', '-')", "b"),
        ("translate('bar', 'abr', 'AB')", "BA"),
        ("normalize-space('  a   b ')", "a b"),
        ("concat(${one}, ' ', ${age}, ' ', 1.50, ' ', true())", "sitting 40 1.5 true"),
        ("join(', ', ${many}, 'x')", "red, blue, x"),
        ("number('7.0')", 7),
        ("number(.)", ""),
        ("int(7.9)", 7),
        ("int(-7.9)", -7),
        ("round(2.5)", 3),
        ("round(-2.5)", -2),
        ("round(2.345, 2)", 2.35),
        ("round(1250, -2)", 1300),
        ("floor(-1.5)", -2),
        ("ceiling(1.2)", 2),
        ("abs(-3)", 3),
        ("pow(2, 10)", 1024),
        ("pow(-1, 0.5)", ""),
        ("pow(10, 400)", ""),
        ("min(3, 1, 2)", 1),
        ("max(${points}, 9)", 9),
        ("sum(${points})", 6),
        ("sum('3', ., 4)", 7),
        ("count('', 'x', ${points})", 4),
        ("position(..)", 3),
        ("position()", 3),
        ("once('new')", "hello"),
        ("jr:choice-name(${one}, '${one}')", "one:Sitting"),
        ("jr:choice-name('red', 'many')", "many:Red"),
        ("jr:choice-name(${many}, ${many})", "many:Red, many:Blue"),
        ("boolean('x')", True),
        ("boolean-from-string('TRUE')", True),
        ("string(3.0)", "3"),
        ("${ok} = 'true' and ${ok} = 1 and ${ok}", True),
        ("${day-1.before} - ${ age }", -30),
    ],
)
def test_functions(source, expected):
    """Every function of the format gives what XLSForm's documentation says."""
    person = Person(self_value="hello", one="sitting", many=["red", "blue"], age=40, points=[1, "2", 3], ok=True)
    person.answers["day-1.before"] = 10
    result = compile_expression(source).evaluate(person)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("today()", "2026-03-01"),
        ("now()", "2026-03-01T23:30:15+02:00"),
        ("now() >= today()", True),
        ("today() + 1 > today()", True),
        ("date(today() + 1)", "2026-03-02"),
        ("today() - '2026-02-27'", 2),
        ("today() = date('2026-03-01T10:00')", True),
        ("format-date(today(), '%Y-%m-%d %e.%n.%y %a %b %%')", "2026-03-01 1.3.26 Sun Mar %"),
        ("format-date(now(), '%H:%M:%S %h')", "23:30:15 23"),
        ("format-date(today() + 7, '%d %b')", "08 Mar"),
        ("format-date(today() + 0.5, '%H:%M')", "12:00"),
        ("date('1970-01-11') + 0", 10),
        ("decimal-date-time('1970-01-02T00:00:00+00:00')", 1),
        ("round(decimal-date-time('1970-01-02'), 3)", 0.917),
        ("decimal-date-time(5)", 5),
        ("decimal-time('2026-03-01T06:00:00')", 0.25),
        ("date-time('2026-03-01T06:00')", "2026-03-01T06:00:00+02:00"),
    ],
)
def test_dates(source, expected):
    """Days are ISO texts that count as days since 1970, in the person's own zone."""
    assert value(source) == expected


def test_random_is_seeded_and_if_is_lazy():
    """random() throws the run's own dice; the branch not taken is never evaluated, nor what coalesce doesn't need."""
    assert value("random()") == value("random()")
    assert 0 <= value("random()") < 1
    assert value("if(true(), 'kept', date(${x}))", x="no date") == "kept"
    assert value("coalesce('kept', date(${x}))", x="no date") == "kept"
    assert value("once('new')") == "new"


def test_names_and_self():
    """An expression tells which answers it reads, those of jr:choice-name too, and whether it reads its own."""
    expression = compile_expression("${a} > 3 and selected(${day-1.b}, 'x') or jr:choice-name('x', '${c}') = 'X'")
    assert expression.names == {"a", "day-1.b", "c"}
    assert not expression.uses_self
    assert compile_expression(". > 3").uses_self
    assert not compile_expression("position(..) > 3").uses_self


def test_choice_filter():
    """In a choice_filter a bare `name` is the choice's name, and only there."""
    expression = compile_expression("not(selected(${many}, name))", choice_filter=True)
    assert expression.uses_self
    assert expression.truth(Person(self_value="green", many=["red"]))
    assert not expression.truth(Person(self_value="red", many=["red"]))
    assert "${name}" in error("not(selected(${many}, name))").message
    with pytest.raises(ExpressionError, match="only its name") as caught:
        compile_expression("1 = country", choice_filter=True)
    assert caught.value.position == 4


@pytest.mark.parametrize(
    ("source", "position", "words"),
    [
        ("", 0, "empty"),
        ("${a} >= ", 7, "ends too early"),
        ("concat('a'", 10, "the ) of concat() is missing"),
        ("(1 + 2", 6, "a ) is missing"),
        ("1 + 2)", 5, "a ) without its ("),
        ("selectd(${a}, 'b')", 0, "did you mean selected()?"),
        ("1 + foo(2)", 4, "no function foo()"),
        ("string-length(1, 2)", 0, "takes 1 argument, here are 2"),
        ("if(1, 2)", 0, "takes 3 arguments, here are 2"),
        ("max()", 0, "takes at least 1 argument, here are 0"),
        ("${a} == 3", 6, "equal is written ="),
        ("${a} && ${b}", 5, "both is written and"),
        ("${a} / 2", 5, "division is written div"),
        ("a > 3", 0, "an answer is written ${a}"),
        ("${a} > 'abc", 7, "never closed"),
        ("${a > 3", 0, "} is missing"),
        ("${a b} > 3", 0, "names no answer"),
        ("${a} = “x”", 7, "straight quotes"),
        ("1 + 'three'", 4, "“three” is none"),
        ("${a} > 'high'", 7, "“high” is none"),
        ("round('x')", 6, "round() needs a number"),
        ("- 'x'", 2, "the minus needs a number"),
        ("date('soon')", 5, "needs a date"),
        ("format-date(today(), '%Q')", 21, "is no date format"),
        ("regex(., '[a')", 9, "can't be read"),
        ("regex(., ${a})", 9, "in quotes"),
        ("${a} = '${b}'", 7, "inside quotes"),
        (".. > 3", 0, "only in position"),
        ("position(3)", 9, "takes nothing"),
        ("jr:choice-name('a', 3)", 0, "jr:choice-name()"),
        ("concat('a',)", 11, "without its ("),
        ("1 2", 2, "unexpected"),
    ],
)
def test_errors_name_their_place(source, position, words):
    """What can't be read or can't work is refused with its exact place and a word of help."""
    caught = error(source)
    assert words in caught.message
    assert caught.position == position


def test_bounds():
    """Length, nesting, chains, growth and the time of a regex are bounded."""
    assert "longer" in error("1+" * 1000 + "1").message
    assert "deep" in error("(" * 100 + "1" + ")" * 100).message
    assert "row" in error("+".join("1" * 200)).message
    assert "deep" in error("(" * 10 + "1" + ("+1" * 30 + ")") * 10).message
    growing = compile_expression("concat(., ., ., .)")
    with pytest.raises(ExpressionError, match="grows"):
        growing.evaluate(Person(self_value="x" * (LONGEST // 2)))
    slow = compile_expression("regex(., '(a|aa)+b')")
    began = time.monotonic()
    with pytest.raises(ExpressionError, match="longer than"):
        slow.evaluate(Person(self_value="a" * 60))
    assert time.monotonic() - began < 1


def test_bad_date_fails_at_run_time_only():
    """A typed answer that is no date raises ExpressionError, nothing else."""
    with pytest.raises(ExpressionError, match="no date"):
        value("date(${x})", x="tomorrow")
    with pytest.raises(ExpressionError, match="no date"):
        value("format-date(${x}, '%Y')", x=10**12)


def test_truth():
    """truth() is XPath's: empty, 0 and not-a-number are false."""
    for source, expected in [("0", False), ("''", False), ("'0'", True), ("${x}", False), ("0 div 0", False), ("3", True)]:
        assert compile_expression(source).truth(Person()) is expected


def test_compiled_once():
    """The same source gives the same object, so a thousand steps cost one compilation."""
    assert compile_expression("${a} > 1") is compile_expression("${a} > 1")
    assert isinstance(compile_expression("${a} > 1"), Expression)


ANSWERS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3)
)


@given(first=ANSWERS, second=ANSWERS)
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_never_break(name, first, second):
    """Whatever people answered, a function gives a value or an ExpressionError."""
    function = FUNCTIONS[name]
    arguments = ", ".join(["${a}", "${b}", "'%Y'"][: max(function.minimum, min(function.maximum, 2))])
    if name.startswith("format-date"):
        arguments = "${a}, '%Y %b'"
    try:
        result = compile_expression(f"{name}({arguments})").evaluate(Person(a=first, b=second))
    except ExpressionError:
        return
    assert isinstance(result, str | int | float | bool | list)
    assert result == result


@given(first=ANSWERS, second=ANSWERS)
@pytest.mark.parametrize("operator", ["+", "-", "*", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or"])
def test_operators_never_break(operator, first, second):
    """Operators take any two answers without an exception."""
    result = compile_expression(f"${{a}} {operator} ${{b}}").evaluate(Person(a=first, b=second))
    assert isinstance(result, str | int | float | bool)


@given(st.text(alphabet="${}ab.()'\"+-*=<>!,1 \n|/divmodand", max_size=40))
def test_any_text_compiles_or_is_refused(source):
    """No text whatever raises anything but ExpressionError, with a place inside the text."""
    try:
        compile_expression(source).evaluate(Person())
    except ExpressionError as caught:
        assert 0 <= caught.position <= len(source)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain", ["plain"]),
        ("", []),
        ("Hi ${first_name}!", ["Hi ", Reference("first_name", 3), "!"]),
        ("${a}${day-1.b}", [Reference("a", 0), Reference("day-1.b", 4)]),
        ("5 $ and {x}", ["5 $ and {x}"]),
    ],
)
def test_split_template(text, pieces):
    """A label falls into its words and its variables."""
    assert split_template(text) == pieces


@pytest.mark.parametrize(("text", "position"), [("Hi ${first", 3), ("x ${a b} y", 2), ("${}", 0)])
def test_split_template_refuses(text, position):
    """A `${` that names nothing is told with its place."""
    with pytest.raises(ExpressionError) as caught:
        split_template(text)
    assert caught.value.position == position
