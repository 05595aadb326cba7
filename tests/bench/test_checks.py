"""The load server sees every way in which a bot can be wrong."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "bench" / "server"
TRIAL = """
const { Crowd } = await import(process.env.SERVER + '/people.mjs');
const updates = [], crowd = new Crowd((update) => updates.push(update));
crowd.begin();
clearInterval(crowd.watch);
const [one] = crowd.people.values();
const button = { text: 'Yes', callback_data: 'yes' };
const ask = (n, got, buttons = false) => crowd.hear(one, {
  message_id: n, text: `Q${n}/10 Please.\\ngot=${got}`, ...(buttons ? { reply_markup: { inline_keyboard: [[button]] } } : {}) });
const answered = () => crowd.openCallbacks.clear();
CASE
crowd.stop(); crowd.settle();
console.log(JSON.stringify({ counts: crowd.counts, violations: crowd.violations, updates: updates.length }));
"""

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="the bench's load server runs on Node.js")


@pytest.mark.parametrize(
    ("case", "violation", "updates"),
    [
        pytest.param(
            "ask(1, '', true); answered(); ask(2, 'yes'); crowd.running = false; ask(3, 'yes,text0')", None, 3, id="right"
        ),
        pytest.param("ask(1, '', true); answered(); one.pending = false", None, 2, id="nothing open"),
        pytest.param("ask(1, '', true); answered()", "lost", 2, id="an answer that is not heard"),
        pytest.param("ask(2, ''); one.pending = false", "wrong_question", 1, id="a question left out"),
        pytest.param("ask(1, 'yes'); one.pending = false", "wrong_store", 2, id="an answer that nobody gave"),
        pytest.param("ask(1, '', true); answered(); ask(2, ''); one.pending = false", "wrong_store", 3, id="an answer lost"),
        pytest.param("one.pending = false; ask(1, '')", "duplicate", 1, id="a question twice"),
        pytest.param("ask(1, '', true); one.pending = false", "unanswered_callbacks", 2, id="a press without an answer"),
    ],
)
def test_a_wrong_bot_is_seen(case: str, violation: str | None, updates: int) -> None:
    script = TRIAL.replace("CASE", case)
    command = ["node", "--input-type=module", "--eval", script, "--", "crowd", "--people", "1", "--answer", "data"]
    shown = subprocess.run(command, env={"SERVER": str(SERVER), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert not shown.stderr
    told = json.loads(shown.stdout)
    assert [name for name, count in told["counts"].items() if count] == ([violation] if violation else [])
    assert told["violations"] == (violation is not None)
    assert told["updates"] == updates
