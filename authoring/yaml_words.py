"""Says in an author's words what libyaml found wrong, with the quotes that are most often missing."""

from typing import Any

import yaml

BRACES = "a value with ${…}, “: ”, “ #” or a comma wants quotes inside { } and [ ]"
QUOTES = "a value with “: ” or “ #” in it wants quotes"


def explain_yaml_error(error: yaml.YAMLError, text: str) -> tuple[int, int, str]:
    """Line and column (from 1) and words for an error of the YAML parser."""
    if isinstance(error, yaml.reader.ReaderError):
        return _explain_character(error, text)
    problem, mark = str(getattr(error, "problem", error)), getattr(error, "problem_mark", None)
    context, began = str(getattr(error, "context", "") or ""), getattr(error, "context_mark", None)
    if mark is None:
        return 1, 1, problem
    if began is not None and "block scalar" in context:
        return began.line + 1, began.column + 1, f"a value that starts with {_rest_of_line(text, began)[:1]} wants quotes"
    if "unexpected end" in problem or ("flow" in context and began is not None and began.line != mark.line):
        mark = began or mark  # the fault is where it began: it was never closed
    if began is not None and any(words in context for words in ("alias", "anchor", "a tag")):
        mark = began
    return mark.line + 1, mark.column + 1, _say(problem, context, _rest_of_line(text, mark))


def _say(problem: str, context: str, rest: str) -> str:
    if "tab character" in problem or ("cannot start any token" in problem and rest.startswith("\t")):
        return "a tab stands here; YAML is indented with spaces"
    if any(words in problem for words in ("cannot start any token", "mapping keys are not", "sequence entries are not")):
        return f"a value that starts with {rest[:1]} wants quotes"
    if "mapping values are not allowed" in problem:
        return f"a second “:” in one value, or a line indented too far; {QUOTES}"
    if "flow" in context and ("',' or" in problem or "expected" in problem):
        closing = "}" if "mapping" in context else "]"
        return f"the {closing} is missing or something stands before it; {BRACES}"
    if "quoted scalar" in context:
        if "escape" in problem:
            return "inside \"…\" a \\ begins an escape; write \\\\ or use '…'"
        return "this quote is never closed"
    if rest[:1] in ("*", "&", "!"):
        return f"a value that starts with {rest[:1]} wants quotes"
    if "block mapping" in context and rest[:1] in (",", "}", "]"):
        return "a value that starts with { or [ and goes on behind it wants quotes"
    if "block mapping" in context or "block collection" in context:
        return "the indentation is uneven here, or a quote ends too early ('it''s' or \"it's\")"
    return f"this is no YAML: {problem}"


def _rest_of_line(text: str, mark: Any) -> str:
    lines = text.split("\n")
    return lines[mark.line][mark.column :] if mark.line < len(lines) else ""


def _explain_character(error: yaml.reader.ReaderError, text: str) -> tuple[int, int, str]:
    at = min(max(int(error.position), 0), len(text))
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    code = ord(error.character) if isinstance(error.character, str) else error.character
    return line, column, f"the character U+{code:04X} has no place in a text"
