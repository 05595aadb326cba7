"""Expressions and `${…}` in texts: they can be read, what they name exists, and what they compare can be compared."""

from collections.abc import Iterator

from authoring.check_jumps import flows_around
from authoring.check_steps import KNOWN_VARIABLES
from authoring.findings import ERROR, WARNING, did_you_mean, listed
from authoring.outline import FlowFile, Outline, Step
from authoring.yaml12 import Node
from flow.expressions.compiler import choice_variable
from flow.expressions.expression import (
    Expression,
    ExpressionError,
    Reference,
    compile_expression,
    is_expression,
    split_template,
    walk_nodes,
)
from flow.expressions.grammar import VARIABLE, Binary, Call, Literal, Self, Variable
from flow.expressions.grammar import Node as Part
from flow.expressions.values import number_of, text_of

EXPRESSIONS = ("relevant", "constraint", "calculation", "choice_filter")
TEMPLATES = ("label", "hint", "constraint_message", "required_message", "link")
_PLAIN_REQUIRED = frozenset(("yes", "no", "true", "false"))  # XLSForm's words, which are no expressions
MOST_TOLD = 50  # findings of one text: more help nobody, and each wants its place looked for
_COMPARED = ("=", "!=", "<", "<=", ">", ">=")
_ARITHMETIC = frozenset(["+", "-", "*", "div", "mod", "<", "<=", ">", ">="])


def check_expressions(outline: Outline, flow: FlowFile) -> None:
    """Add what is wrong with the expressions and templates of one flow to its file's findings."""
    for step in flow.steps:
        for node, choice_filter in _expressions_of(step):
            _Check(outline, flow, step, node).expression(choice_filter)
        for node in _templates_of(step):
            _Check(outline, flow, step, node).template()


def _expressions_of(step: Step) -> Iterator[tuple[Node, bool]]:
    for key in EXPRESSIONS:
        node = step.text(key)
        if node is not None:
            yield node, key == "choice_filter"
    required, default = step.text("required"), step.text("default")
    if required is not None and required.value.strip().lower() not in _PLAIN_REQUIRED:
        yield required, False
    if default is not None and is_expression(default.value):
        yield default, False
    for item in step.items("next"):
        node = item.children.get("if")
        if node is not None and isinstance(node.value, str):
            yield node, False


def _templates_of(step: Step) -> Iterator[Node]:
    nodes = [step.text(key) for key in TEMPLATES]
    nodes += [choice.children.get("label", choice) for choice in step.items("choices")]
    labels = step.node.children.get("labels")
    nodes += labels.children.values() if labels is not None else ()
    for node in nodes:
        if node is not None and isinstance(node.value, str):
            yield node


def _is_comparison(part: Part) -> bool:
    return isinstance(part, Binary) and part.operator in _COMPARED


class _Check:
    """One expression or text of one step; its findings go to the flow's file at the exact character."""

    def __init__(self, outline: Outline, flow: FlowFile, step: Step, node: Node) -> None:
        self._outline, self._flow, self._step, self._node = outline, flow, step, node
        self._told = 0
        self._is_inside_selected = False

    def _add(self, position: int, words: str, level: str = ERROR) -> None:
        self._told += 1
        if self._told <= MOST_TOLD:
            self._flow.file.add_inside(self._node, position, words, level)

    def template(self) -> None:
        """A text: every `${…}` in it names something."""
        if "${" not in self._node.value:
            return
        try:
            pieces = split_template(self._node.value)
        except ExpressionError as error:
            self._add(error.position, error.message)
            return
        for piece in pieces:
            if isinstance(piece, Reference):
                self._variable(piece.name, piece.position)

    def expression(self, choice_filter: bool) -> None:
        """An expression: it compiles, its variables exist, its comparisons can come true."""
        try:
            expression = compile_expression(self._node.value, choice_filter)
        except ExpressionError as error:
            self._add(error.position, error.message)
            self._variables_of_broken()
            return
        parts = list(walk_nodes(expression.tree))
        for part in parts:
            if isinstance(part, Variable):
                self._variable(part.name, part.position)
        self._choice_names(expression, parts)
        if not choice_filter:
            for part in parts:
                self._types(part)

    def _variables_of_broken(self) -> None:
        """Names in an unreadable expression should exist all the same."""
        for match in VARIABLE.finditer(self._node.value):
            self._variable(match.group(1), match.start())

    def _choice_names(self, expression: Expression, parts: list[Part]) -> None:
        """The question that jr:choice-name() names, which stands in quotes."""
        written = {part.name for part in parts if isinstance(part, Variable)}
        calls = [part for part in parts if isinstance(part, Call) and part.name == "jr:choice-name"]
        for name in sorted(expression.names - written):
            self._variable(name, calls[0].arguments[1].position)
        for call in calls:
            step = self._step_named(choice_variable(call))
            if step is not None and not step.kind.is_choice:
                self._add(call.arguments[1].position, f"“{step.name}” ({step.type}) has no choices to name")

    def _variable(self, name: str, position: int) -> None:
        flow_name, dot, step_name = name.partition(".")
        if dot:
            self._variable_elsewhere(flow_name, step_name, position)
            return
        step = self._flow.by_name.get(name)
        if step is not None and not step.kind.is_answered:
            self._warn_without_answer(step, name, position)
        elif not self._flow.has(name) and name not in KNOWN_VARIABLES and not self._is_around(name):
            self._add(position, f"nothing is named “{name}”{self._nearest(name)}")

    def _is_around(self, name: str) -> bool:
        """Whether a flow that walks this one, at any depth, has a step of that name."""
        return any(flow.has(name) for flow in flows_around(self._outline, self._flow.name))

    def _nearest(self, name: str) -> str:
        elsewhere = [flow.name for flow in self._outline.flows.values() if name in flow.by_name and flow is not self._flow]
        if elsewhere:
            return f"; did you mean {elsewhere[0]}.{name}?"
        known = [*self._flow.by_name, *sorted(self._flow.file.lost), *KNOWN_VARIABLES]
        return did_you_mean(name, known) or f" in this flow (the bot itself knows {listed(KNOWN_VARIABLES)})"

    def _variable_elsewhere(self, flow_name: str, step_name: str, position: int) -> None:
        flow, step_name = self._flow_named(flow_name), step_name.partition("[")[0]
        if flow is None:
            self._add(position, f"there is no flow “{flow_name}”{did_you_mean(flow_name, self._outline.flows)}")
        elif flow.known and not flow.has(step_name):
            near = did_you_mean(step_name, flow.by_name).replace("mean ", f"mean {flow_name}.")
            self._add(position, f"the flow “{flow_name}” has no step “{step_name}”{near}")
        elif step_name in flow.by_name and not flow.by_name[step_name].kind.is_answered:
            self._warn_without_answer(flow.by_name[step_name], f"{flow_name}.{step_name}", position)

    def _flow_named(self, name: str) -> FlowFile | None:
        """The flow that `${name.step}` means: one of that name, else the one that this flow's `flow` step walks."""
        begins = self._flow.by_name.get(name)
        walked = begins.text("flow") if begins is not None and begins.kind.walks_flow and name not in self._outline.flows else None
        return self._outline.flows.get(name if walked is None else walked.value)

    def _warn_without_answer(self, step: Step, name: str, position: int) -> None:
        self._add(position, f"“{name}” is a {step.type} and has no answer: ${{{name}}} is always empty", WARNING)

    def _find_step(self, part: Part) -> Step | None:
        """The step whose answer a part of an expression is."""
        if isinstance(part, Self):
            return None if part.parent else self._step
        return self._step_named(part.name) if isinstance(part, Variable) else None

    def _step_named(self, name: str) -> Step | None:
        flow_name, dot, step_name = name.partition(".")
        if dot:
            flow = self._flow_named(flow_name)
            return flow.by_name.get(step_name.partition("[")[0]) if flow else None
        around = (flow.by_name.get(name) for flow in flows_around(self._outline, self._flow.name))
        return self._flow.by_name.get(name) or next((step for step in around if step is not None), None)

    def _types(self, part: Part) -> None:
        if isinstance(part, Binary) and part.operator in _COMPARED and _is_comparison(part.left):
            self._add(part.position, f"two comparisons in a row: “{part.operator}” looks at yes or no here; join them with and")
        if isinstance(part, Binary) and part.operator in ("=", "!="):
            self._compared(part.left, part.right)
            self._compared(part.right, part.left)
        elif isinstance(part, Binary) and part.operator in _ARITHMETIC:
            self._counted(part.left, part.operator)
            self._counted(part.right, part.operator)
        elif isinstance(part, Call) and part.name == "selected" and len(part.arguments) == 2:
            self._is_inside_selected = True
            self._compared(part.arguments[0], part.arguments[1])
            self._is_inside_selected = False

    def _compared(self, answer: Part, other: Part) -> None:
        """A number is never a word, and a choice none that the question does not have."""
        step = self._find_step(answer)
        if step is None or not isinstance(other, Literal):
            return
        words = text_of(other.value)
        if step.kind.many and isinstance(answer, Variable) and words and " " not in words and not self._is_inside_selected:
            self._add(answer.position, f"“{step.name}” holds several choices: selected(${{{answer.name}}}, '{words}')", WARNING)
        if step.kind.is_number and words and number_of(words) != number_of(words):
            self._add(other.position, f"“{step.name}” is a number, which “{words[:40]}” never is")
        elif step.kind.is_choice and not step.node.value.get("or_other"):
            self._chosen(step, words, other)

    def _chosen(self, step: Step, words: str, other: Literal) -> None:
        names = [name for name, _ in step.choice_names()]
        if not names or not words or words in names or (step.kind.many and " " in words):
            return
        near = did_you_mean(words, names) or f" (it has {listed(names)})"
        self._add(other.position, f"“{words}” is no choice of “{step.name}”{near}", WARNING)

    def _counted(self, part: Part, operator: str) -> None:
        """A choice whose names are no numbers can't be reckoned with."""
        step = self._find_step(part)
        if step is None or not step.kind.is_choice or step.node.value.get("or_other"):
            return
        names = [name for name, _ in step.choice_names()]
        if not step.kind.many and any(number_of(name) == number_of(name) for name in names):
            return
        if names:
            self._add(part.position, f"“{operator}” needs a number, but “{step.name}” is a choice ({listed(names, 4)})")
