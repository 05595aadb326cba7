"""Turns an expression's tree into closures, refusing what can never work: unknown functions, arguments of a wrong kind."""

from collections.abc import Callable, Iterator
from typing import Any

from flow.expressions.functions import COMPARISONS, FUNCTIONS, Function, arithmetic, check_date_format
from flow.expressions.grammar import Binary, Call, Literal, Negate, Node, Self, Variable, name_of_variable
from flow.expressions.values import ExpressionError, find_moment, is_empty, number_of, text_of, truth_of

AGGREGATES = frozenset(("sum", "count", "count-non-empty", "min", "max", "join"))
DEEPEST = 100  # closures inside one another, each a Python frame
REGEX_SECONDS = 0.05

Evaluator = Callable[[Any], Any]  # Scope -> value


def build_evaluator(tree: Node) -> Evaluator:
    """The closure that evaluates a tree for a scope. Raises ExpressionError, with the place, for what can't work."""
    return _build(tree, 0)


def walk_nodes(tree: Node) -> Iterator[Node]:
    """Every node of a tree, the outer before the inner."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Call):
            pending.extend(reversed(node.arguments))
        elif isinstance(node, Binary):
            pending.extend((node.right, node.left))
        elif isinstance(node, Negate):
            pending.append(node.operand)


def _build(node: Node, depth: int) -> Evaluator:
    if depth > DEEPEST:
        raise ExpressionError("the expression is nested too deep", node.position)
    match node:
        case Literal():
            return _build_literal(node)
        case Variable(name):
            return lambda scope: scope.lookup(name)
        case Self(position, parent):
            if parent:
                raise ExpressionError("“..” stands only in position(..)", position)
            return lambda scope: scope.self_value
        case Negate(operand):
            _refuse_words(operand, "the minus needs a number")
            inner = _build(operand, depth + 1)
            return lambda scope: -number_of(inner(scope))
        case Binary():
            return _build_binary(node, depth)
        case Call():
            return _build_call(node, depth)


def _build_literal(node: Literal) -> Evaluator:
    value = node.value
    if isinstance(value, str) and "${" in value:
        raise ExpressionError("inside quotes ${…} is only text: write it without them, or with concat()", node.position)
    return lambda scope: value


def _build_binary(node: Binary, depth: int) -> Evaluator:
    operator = node.operator
    if operator not in ("and", "or", "=", "!="):
        for side in (node.left, node.right):
            _refuse_words(side, f"“{operator}” needs a number on both sides")
    left, right = _build(node.left, depth + 1), _build(node.right, depth + 1)
    if operator == "and":
        return lambda scope: truth_of(left(scope)) and truth_of(right(scope))
    if operator == "or":
        return lambda scope: truth_of(left(scope)) or truth_of(right(scope))
    compare = COMPARISONS.get(operator)
    if compare is not None:
        return lambda scope: compare(left(scope), right(scope))
    return lambda scope: arithmetic(operator, number_of(left(scope)), number_of(right(scope)))


def _refuse_words(node: Node, words: str) -> None:
    """Arithmetic on a quoted text that is neither number nor date can never work."""
    if isinstance(node, Literal) and isinstance(node.value, str) and number_of(node.value) != number_of(node.value):
        raise ExpressionError(f"{words}; “{node.value[:40]}” is none", node.position)


def _build_call(node: Call, depth: int) -> Evaluator:
    special = _SPECIAL.get(node.name)
    function = special[0] if special else FUNCTIONS.get(node.name)
    if function is None:
        import difflib  # here, because only a mistake needs it

        close = difflib.get_close_matches(node.name.lower(), [*FUNCTIONS, *_SPECIAL], n=1)
        hint = f"; did you mean {close[0]}()?" if close else ""
        raise ExpressionError(f"there is no function {node.name}(){hint}", node.position)
    _check_arguments(node, function)
    if special:
        return special[1](node, depth + 1)
    call, arguments = function.call, tuple(_build_argument(node, argument, depth + 1) for argument in node.arguments)
    if not arguments:
        return call
    if len(arguments) == 1:
        only = arguments[0]
        return lambda scope: call(scope, only(scope))
    if len(arguments) == 2:
        first, second = arguments
        return lambda scope: call(scope, first(scope), second(scope))
    return lambda scope: call(scope, *[argument(scope) for argument in arguments])


def _build_argument(node: Call, argument: Node, depth: int) -> Evaluator:
    """`sum(${flow.step})` takes all walks of that flow."""
    if isinstance(argument, Variable) and takes_all_walks(node, argument):
        name = argument.name
        return lambda scope: scope.lookup_all(name)
    return _build(argument, depth)


def takes_all_walks(node: Call, argument: Node) -> bool:
    """Whether an argument of this call stands for a step's answers in all walks of its flow: the only one of an aggregate."""
    values = node.arguments[1:] if node.name == "join" else node.arguments
    return (
        node.name in AGGREGATES
        and len(values) == 1
        and isinstance(argument, Variable)
        and argument is values[0]
        and "." in argument.name
        and not argument.name.endswith("]")
    )


def _check_arguments(node: Call, function: Function) -> None:
    given, least, most = len(node.arguments), function.minimum, function.maximum
    if not least <= given <= most:
        wanted = str(least) if least == most else f"at least {least}" if given < least else f"at most {most}"
        raise ExpressionError(
            f"{node.name}() takes {wanted} argument{'' if wanted[-1:] == '1' else 's'}, here are {given}", node.position
        )
    for index, argument in enumerate(node.arguments):
        kind = function.kind_of(index)
        if kind == "n":
            _refuse_words(argument, f"{node.name}() needs a number")
        elif kind == "d" and isinstance(argument, Literal) and argument.value and isinstance(argument.value, str):
            _check_date(node, argument.value, argument.position)
    if node.name.startswith("format-date") and isinstance(node.arguments[1], Literal):
        wrong = check_date_format(text_of(node.arguments[1].value))
        if wrong:
            raise ExpressionError(wrong, node.arguments[1].position)


def _check_date(node: Call, words: str, position: int) -> None:
    number = number_of(words)
    if number != number and find_moment(words) is None:
        raise ExpressionError(f"{node.name}() needs a date like 2026-03-01; “{words[:40]}” is none", position)


def _build_if(node: Call, depth: int) -> Evaluator:
    test, then, other = (_build(argument, depth) for argument in node.arguments)
    return lambda scope: then(scope) if truth_of(test(scope)) else other(scope)


def _build_coalesce(node: Call, depth: int) -> Evaluator:
    arguments = [_build(argument, depth) for argument in node.arguments]

    def coalesce(scope: Any) -> Any:
        for argument in arguments:
            value = argument(scope)
            if not is_empty(value):
                return value
        return ""

    return coalesce


def _build_once(node: Call, depth: int) -> Evaluator:
    inner = _build(node.arguments[0], depth)
    return lambda scope: inner(scope) if is_empty(scope.self_value) else scope.self_value


def _build_position(node: Call, depth: int) -> Evaluator:
    if node.arguments and not (isinstance(node.arguments[0], Self) and node.arguments[0].parent):
        raise ExpressionError("position() takes nothing or “..”", node.arguments[0].position)
    return lambda scope: scope.position


def _build_regex(node: Call, depth: int) -> Evaluator:
    import regex  # here: most programmes never need it

    """The whole answer must match, as in ODK. The pattern is the author's own, in quotes: never what a person typed."""
    words, pattern = node.arguments
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
        raise ExpressionError("regex() needs its pattern in quotes", pattern.position)
    try:
        compiled = regex.compile(pattern.value)
    except regex.error as error:
        raise ExpressionError(f"regex(): the pattern can't be read: {error}", pattern.position) from error
    read, position = _build(words, depth), node.position

    def matches(scope: Any) -> bool:
        try:
            return compiled.fullmatch(text_of(read(scope)), timeout=REGEX_SECONDS) is not None
        except TimeoutError as error:
            raise ExpressionError(f"regex() took longer than {REGEX_SECONDS} s", position) from error

    return matches


def choice_variable(node: Call) -> str:
    """The select that jr:choice-name(value, …) names: as `${x}`, as '${x}' (XLSForm's way) or as 'x'."""
    select = node.arguments[1] if len(node.arguments) == 2 else node
    if isinstance(select, Variable):
        return select.name
    if isinstance(select, Literal) and isinstance(select.value, str):
        words = select.value.strip()
        return name_of_variable(words if words.startswith("$") else f"${{{words}}}", select.position)
    raise ExpressionError("jr:choice-name() needs a value and a question: jr:choice-name(${x}, '${x}')", node.position)


def _build_choice_name(node: Call, depth: int) -> Evaluator:
    read, name = _build(node.arguments[0], depth), choice_variable(node)

    def choice_name(scope: Any) -> str:
        value = read(scope)
        values = value if isinstance(value, list | tuple) else [] if is_empty(value) else [value]
        return ", ".join(scope.choice_label(name, text_of(item)) for item in values)

    return choice_name


def _special(
    minimum: int, maximum: int, kinds: str, build: Callable[[Call, int], Evaluator]
) -> tuple[Function, Callable[[Call, int], Evaluator]]:
    return Function(minimum, maximum, kinds, build), build


_SPECIAL = {
    "if": _special(3, 3, "baa", _build_if),
    "coalesce": _special(2, 200, "a", _build_coalesce),
    "once": _special(1, 1, "a", _build_once),
    "position": _special(0, 1, "a", _build_position),
    "regex": _special(2, 2, "s", _build_regex),
    "jr:choice-name": _special(2, 2, "a", _build_choice_name),
}
