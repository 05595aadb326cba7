"""Numbers that an author wrote are words where words are meant, as they were written."""

from pathlib import Path

import pytest

from authoring.load import load_programmes
from flow.programme import Programme
from tests.chat import write_programme

FLOW = """title: Walk
steps:
  - {type: select_one, name: one, label: Which?, choices: [01, 2.50, 1e3, 0x1F, 5]}
  - {type: select_one, name: two, label: Which?, choices: [{name: 007}, {name: 1_0, label: 08}], default: 007}
  - {type: text, name: code, label: Code?, default: 00501}
  - {type: integer, name: age, label: Age?, default: 007}
  - {type: range, name: size, label: Size?, parameters: {start: 01, end: 3.0, step: 1e0}, labels: {1: 010}}
"""


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    folder = write_programme(tmp_path, "trial", {"menu": ["walk"]})
    (folder / "trial" / "walk.yaml").write_text(FLOW, encoding="utf-8")
    loaded = load_programmes(folder)
    assert not loaded.findings
    return loaded.programmes["trial"]


def test_choices_and_defaults_stay_as_they_were_written(programme: Programme) -> None:
    one, two, code, age, size = programme.flows["walk"].steps
    assert [choice.name for choice in one.choices] == ["01", "2.50", "1e3", "0x1F", "5"]
    assert [(choice.name, choice.label) for choice in two.choices] == [("007", "007"), ("1_0", "08")]
    assert (two.default, code.default, age.default) == ("007", "00501", "007")
    assert (size.parameters.start, size.parameters.end, size.parameters.step) == (1, 3, 1)
    assert size.labels == {1: "010"}


def test_so_they_do_in_the_stored_copy(programme: Programme) -> None:
    """What is kept under the digest is read again years later."""
    again = Programme.load(programme.source)
    assert again == programme and again.digest == programme.digest
