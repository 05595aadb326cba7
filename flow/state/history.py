"""A run's answers over time: which are current, which were answered anew, which were taken back."""

from collections.abc import Collection
from typing import Any

from flow.state.run import Answer

Answers = tuple[Answer, ...]

MOST_REPLACED = 100  # answers of one run; every one is kept, so whoever changed theirs without end would fill the database


def is_worn(answers: Answers) -> bool:
    """Whether so many answers were replaced that no more may be changed; going on is always possible."""
    return len(answers) >= MOST_REPLACED and sum(bool(answer["replaced"]) for answer in answers) >= MOST_REPLACED


def count_answers(answers: Answers, flow: str, step: str) -> int:
    """How often a step was answered, replaced answers counted."""
    count = 0
    for answer in answers:
        if answer["step"] == step and answer["flow"] == flow:
            count += 1
    return count


def find_latest(answers: Answers, walk: int, step: str, before: int) -> int | None:
    """The index below `before` of a step's latest answer that was not taken back."""
    for index in range(before - 1, -1, -1):
        answer = answers[index]
        if answer["step"] == step and answer["walk"] == walk and not answer.get("undone"):
            return index
    return None


def replace_current(answers: Answers, walk: int, step: str) -> Answers:
    """The answers with the current one of this step in this walk, if there is one, marked as replaced."""
    return tuple(
        {**answer, "replaced": True} if answer["step"] == step and answer["walk"] == walk and not answer["replaced"] else answer
        for answer in answers
    )


def clear(answers: Answers, walk: int, steps: Collection[str]) -> Answers:
    """After a jump back: these questions of this walk have no answer until they are asked again."""
    return tuple(
        {**answer, "replaced": True, "cleared": len(answers)}
        if answer["step"] in steps and answer["walk"] == walk and not answer["replaced"]
        else answer
        for answer in answers
    )


def take_back(answers: Answers, start: int) -> Answers:
    """Everything from index `start` on is undone. Everything it had replaced before that is current again, and so is everything
    that a later jump cleared."""
    kept = list(answers[:start])
    gone = answers[start:]
    reopened = {(answer["walk"], answer["step"]) for answer in gone if not answer.get("undone")}
    for index in range(len(kept) - 1, -1, -1):
        answer = kept[index]
        key = (answer["walk"], answer["step"])
        if answer.get("cleared", 0) > start:
            kept[index] = {name: value for name, value in answer.items() if name != "cleared"} | {"replaced": False}
        elif key in reopened and not answer.get("undone"):
            reopened.discard(key)
            if answer["replaced"] and "cleared" not in answer:
                kept[index] = {**answer, "replaced": False}
    return (*kept, *({**answer, "replaced": True, "undone": True} for answer in gone))


_OWN = frozenset(
    ("flow", "step", "walk", "type", "value", "asked_at", "answered_at", "attempt", "replaced", "undone", "cleared")
)  # keys that the engine itself keeps with an answer


def facts_of(answer: Answer) -> dict[str, Any]:
    """The host's facts of the question (`Context.asked`)."""
    return {name: value for name, value in answer.items() if name not in _OWN}
