"""Names of steps and choices, what each type needs, and texts that Telegram could not show."""

import re

from authoring.outline import File, FlowFile, Step
from flow.effects import MARK

LONGEST_TEXT = 4096  # UTF-16 units in a Telegram message
MOST_BUTTONS = 100
KNOWN_VARIABLES = ("first_name", "language", "day", "streak", "programme", "flow")
NEEDED = {
    "select_one": "choices",
    "select_multiple": "choices",
    "rank": "choices",
    "timer": "seconds",
    "flow": "flow",
    "calculate": "calculation",
    "group": "steps",
}
_NAME = re.compile(r"[^\W\d][\w-]*")


def check_steps(flow: FlowFile) -> None:
    """Add what is wrong with the steps of one flow, each by itself, to its file's findings."""
    seen: dict[str, Step] = {}
    for step in flow.steps:
        _check_name(flow.file, step, seen)
        _check_needed(flow.file, step)
        _check_choices(flow.file, step)
        _check_range(flow.file, step)
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


def missing_words(field: str, type_name: str = "") -> str:
    """How a missing field is told, here and for the schema."""
    return f"“{field}” is missing" + (f": a {type_name} step needs it" if type_name else "")


def _check_needed(file: File, step: Step) -> None:
    field = NEEDED.get(step.type)
    if field is None:
        return
    node = step.node.children.get(field)
    if node is None or node.value in (None, "", [], {}):
        file.add(node or step.node, missing_words(field, step.type))
    if step.type == "timer" and node is not None and type(node.value) in (int, float) and node.value <= 0:
        file.add(node, "a timer takes more than 0 seconds")


def _check_choices(file: File, step: Step) -> None:
    if len(step.items("choices")) > MOST_BUTTONS:
        file.add(step.node.children["choices"], f"more than {MOST_BUTTONS} choices are more buttons than Telegram shows")
    seen: dict[str, int] = {}
    for name, node in step.choice_names():
        if name in seen:
            file.add(node, f"the choice “{name}” is already in line {seen[name]}; names are unique in a question")
        seen.setdefault(name, node.line)
        if step.type == "select_multiple" and " " in name.strip():
            file.warn(node, f"the choice “{name}” has a space in its name, which selected() and exports take for two choices")


def _check_range(file: File, step: Step) -> None:
    node = step.node.children.get("parameters")
    if step.type != "range" or node is None or not isinstance(node.value, dict):
        return
    values = [node.value.get(key, default) for key, default in (("start", 1), ("end", 10), ("step", 1))]
    if any(type(value) not in (int, float) for value in values):
        return  # the schema tells
    start, end, width = values
    if width == 0 or (end - start) / width < 0:
        file.add(node, f"from {start} no step of {width} comes to {end}")
    elif (end - start) / width >= MOST_BUTTONS:
        file.add(node, f"from {start} to {end} by {width} are more than {MOST_BUTTONS} buttons, more than Telegram shows")
