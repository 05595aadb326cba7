"""Golden conversations: what each input brings, word by word.

`UPDATE_GOLDEN=1 pytest tests/flow/test_golden.py` writes them anew.
"""

import json
import os
from pathlib import Path
from typing import get_args

import pytest

from flow.engine import Context
from flow.kinds.registry import Step
from flow.programme import Programme

FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_conversation(name, golden_tools):
    """The engine says what the file says, turn by turn, and keeps the answers that it names."""
    talk, plain, read_input = golden_tools
    path = FOLDER / f"{name}.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    programme = Programme.load({"programme": written["programme"], "flows": written["flows"]})
    person = talk(programme, Context(**written["person"]), written["flow"])
    turns = [{"effects": [plain(effect) for effect in person.turn.effects]}]
    for turn in written["turns"][1:]:
        person.put(read_input(turn["input"], person.run))
        turns.append({"input": turn["input"], "effects": [plain(effect) for effect in person.turn.effects]})
    played = {**written, "turns": turns, "answers": [dict(answer) for answer in person.run.answers]}
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(json.dumps(played, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert played == written


def test_every_type_has_a_conversation():
    """Every step type that is served is walked in some golden conversation."""
    walked = set()
    for path in FOLDER.glob("*.json"):
        pending = [step for flow in json.loads(path.read_text(encoding="utf-8"))["flows"].values() for step in flow["steps"]]
        while pending:
            step = pending.pop()
            walked.add(step["type"])
            pending += step.get("steps", [])
    served = {get_args(model.model_fields["type"].annotation)[0] for model in get_args(get_args(Step)[0])}
    assert walked == served
