"""Names of steps and choices, what each type needs, and texts that Telegram could not show."""

import re

import orjson

from authoring.findings import did_you_mean, listed
from authoring.outline import File, FlowFile, Step
from authoring.yaml12 import Node
from flow.expressions.expression import is_expression
from flow.expressions.values import number_of
from flow.question.written import word_of
from flow.state.effects import MARK
from media.paths import is_address

LONGEST_TEXT = 4096  # UTF-16 units in a Telegram message
KEYBOARD_BYTES = 10_000  # of JSON, about: https://core.telegram.org/bots/api does not tell; found by trial
BUTTON_BYTES = 45  # of a button's JSON beside its label: names, brackets, the callback data of a large run
KNOWN_VARIABLES = ("first_name", "language", "day", "streak", "programme", "flow")
_NAME = re.compile(r"[^\W\d][\w-]*")


def check_steps(flow: FlowFile) -> None:
    """Add what is wrong with the steps of one flow, each by itself, to its file's findings."""
    seen: dict[str, Step] = {}
    for step in flow.steps:
        _check_name(flow.file, step, seen)
        _check_choices(flow.file, step)
        _check_keyboard(flow.file, step)
        _check_own_keys(flow.file, step)
        _check_default(flow.file, step)
        _check_link(flow.file, step)
        for key in ("label", "hint"):
            node = step.text(key)
            if node is not None and len(node.value.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST_TEXT:
                flow.file.warn(node, f"this {key} is longer than Telegram's {LONGEST_TEXT} characters; it will come in parts")


def check_marks(file: File) -> None:
    """Refuse the character that stands for a value inside the bot's own texts, wherever it is."""
    pending = [file.node] if file.node is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node.value, str) and MARK in node.value:
            file.add_inside(node, node.value.index(MARK), "the character U+E000 is reserved; please take it out")
        pending += node.children.values()


def _check_name(file: File, step: Step, seen: dict[str, Step]) -> None:
    node = step.node.children.get("name")
    if node is None or not step.name:
        return
    if not isinstance(node.value, str) or not _NAME.fullmatch(step.name):
        file.add(
            node, f"the name “{step.name[:60]}” can't be a variable: it begins with a letter or _, then letters, digits, _ and -"
        )
    elif step.name == "end":
        file.add(node, "“end” is where a flow ends; a step needs another name")
    elif step.name in seen:
        line = seen[step.name].node.children["name"].line
        file.add(node, f"a step “{step.name}” is already in line {line}; names are unique in a flow")
    elif step.name in KNOWN_VARIABLES:
        file.warn(node, f"${{{step.name}}} is also what the bot itself knows; this step's answer hides it")
    seen.setdefault(step.name, step)


def _check_choices(file: File, step: Step) -> None:
    seen: dict[str, int] = {}
    for name, node in step.choice_names():
        if name in seen:
            file.add(node, f"the choice “{name}” is already in line {seen[name]}; names are unique in a question")
        seen.setdefault(name, node.line)
        if step.kind.many and " " in name.strip():
            file.warn(node, f"the choice “{name}” has a space in its name, which selected() and exports take for two choices")


def _check_keyboard(file: File, step: Step) -> None:
    """Telegram refuses a keyboard of more than some 10 kB of JSON; labels then have to be typed."""
    labels = [choice.children.get("label", choice).value for choice in step.items("choices")]
    size = sum(BUTTON_BYTES + len(orjson.dumps(label)) for label in labels if isinstance(label, str))
    if size > KEYBOARD_BYTES:
        node = step.node.children["choices"]
        file.warn(node, f"these buttons take {size} bytes and Telegram shows {KEYBOARD_BYTES}: make the labels shorter, or fewer")


def _check_own_keys(file: File, step: Step) -> None:
    for key, words in step.kind.faults(step.node.value):
        file.add(step.node.children[key], words)


def _check_default(file: File, step: Step) -> None:
    """A default that the question can't propose is passed over by the bot."""
    node = step.node.children.get("default")
    if node is None or node.value is None or is_expression(node.value):
        return
    if step.kind.is_choice:
        _check_chosen(file, step, node)
    elif step.kind.is_number and not isinstance(node.value, int | float) and number_of(node.value) != number_of(node.value):
        file.warn(node, f"the default “{str(node.value)[:40]}” is no number")


def _check_chosen(file: File, step: Step, node: Node) -> None:
    names = [name for name, _ in step.choice_names()]
    if not names or step.node.value.get("or_other"):
        return
    several = word_of(node.value).split() if step.kind.many else [node.value]
    for value in node.value if isinstance(node.value, list) else several:
        if word_of(value) not in names:
            near = did_you_mean(word_of(value), names) or f" (it has {listed(names)})"
            file.warn(node, f"the default “{word_of(value)[:40]}” is no choice of “{step.name}”{near}")


def _check_link(file: File, step: Step) -> None:
    node = step.text("link")
    if node is not None and not is_address(node.value):
        file.warn(node, "a link is an address that begins with https:// or http://")
