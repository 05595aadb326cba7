"""Texts as people will see them: tags that are dropped, Markdown on buttons, values where an address can't take one."""

import re
from collections.abc import Iterator

from authoring.outline import FlowFile, Step
from authoring.yaml12 import Node
from flow.question.texts import strip_markup

DROPPED = ("a", "b", "blockquote", "code", "del", "em", "i", "ins", "pre", "s", "span", "strike", "strong", "tg-emoji", "u")
_TAG = re.compile(rf"</?({'|'.join(DROPPED)})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_CODE = re.compile(r"(`+)(?:(?!\1).)*\1", re.DOTALL)
_WHOLE = re.compile(r"\]\(\s*<?\$\{|<\$\{[^}]*\}>|^\s{0,3}\[[^\]]*\]:\s*<?\$\{", re.MULTILINE)
_TITLE = re.compile(r"\]\([^()\s]+\s+[\"'][^\"')]*\$\{")
_NAME = re.compile(r"^\s{0,3}\[[^\]]*\$\{[^\]]*\]:", re.MULTILINE)


def check_texts(flow: FlowFile) -> None:
    """Add what is wrong with the texts of one flow to its file's findings."""
    for step in flow.steps:
        for node in _texts_of(step):
            _check_tags(flow, node)
            _check_addresses(flow, node)
        for node in _button_labels_of(step):
            if strip_markup(node.value) != node.value:
                words = f"a button shows no Markdown: this one will read “{strip_markup(node.value)[:60]}”"
                flow.file.warn(node, words)


def _texts_of(step: Step) -> Iterator[Node]:
    for key in ("label", "hint", "constraint_message", "required_message"):
        if (node := step.text(key)) is not None:
            yield node


def _button_labels_of(step: Step) -> Iterator[Node]:
    for choice in step.items("choices"):
        node = choice.children.get("label", choice)
        if isinstance(node.value, str):
            yield node


def _check_tags(flow: FlowFile, node: Node) -> None:
    plain = _CODE.sub(lambda found: " " * len(found[0]), node.value)
    for found in _TAG.finditer(plain):
        words = f"the tag {found[0][:30]} is dropped: write Markdown (**bold**, *italic*, ~~struck~~, `code`, [words](address))"
        flow.file.add_inside(node, found.start(), words, "warning")


def _check_addresses(flow: FlowFile, node: Node) -> None:
    for pattern, words in (
        (_WHOLE, "a value can be a part of an address, not the whole: write where it leads, like https://example.org/${…}"),
        (_TITLE, "a link's title is never shown, so a value in it is lost"),
        (_NAME, "the name of a reference is never shown, so a value in it is lost"),
    ):
        for found in pattern.finditer(node.value):
            flow.file.add_inside(node, found.start(), words)
