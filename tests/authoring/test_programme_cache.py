"""What a start takes from the file of checked programmes is what reading and checking them would give; whatever is new is read."""

import json
import logging
from pathlib import Path
from shutil import copytree

import pytest

import authoring.load
import authoring.programme_cache
from authoring.folders import Loaded
from authoring.load import load_programmes
from authoring.programme_cache import FILE, load_unchanged
from tests.programmes.conftest import FOLDER

SPARE = "title: Spare\nsteps:\n  - {type: note, name: hello, label: Hello}\n"  # nobody comes there: a warning
ODD = """\
title: Odd values
steps:
  - {type: range, name: size, label: How much?, parameters: {start: 1, end: 3, step: 0.5}, labels: {1: little, 2.5: more}}
  - {type: text, name: words, label: "Öl, 油, \\U0001F600?", default: 1e22, expires: 4h, image::ar: https://example.org/x.jpg}
  - {type: select_one, name: choice, label: Which?, choices: [1, two, {name: three, label: Three, go: end}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The programmes of the repository and one of odd values with a warning."""
    copytree(FOLDER, tmp_path / "programmes")
    odd = tmp_path / "programmes" / "odd"
    odd.mkdir()
    (odd / "programme.yaml").write_text("programme: odd\ntitle: Odd\nmenu: {More: [odd]}\n")
    (odd / "odd.yaml").write_text(ODD, encoding="utf-8")
    (odd / "spare.yaml").write_text(SPARE)
    return tmp_path / "programmes"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programmes that are read and checked from now on."""
    names: list[str] = []
    load = authoring.load.load_programme

    def load_programme(place: Path, compiled: bool = True):
        names.append(place.name)
        return load(place, compiled)

    monkeypatch.setattr(authoring.load, "load_programme", load_programme)
    return names


def test_what_is_kept_is_what_was_read(folder: Path, tmp_path: Path, read: list[str]) -> None:
    """The same programmes, private parts and digests and plans among them, and the same findings; nothing is read twice."""
    file = tmp_path / "data" / FILE
    first = load_unchanged(folder, file)
    assert sorted(read) == ["calm", "odd", "quiz"]
    assert file.stat().st_mode & 0o777 == 0o600
    read.clear()
    second = load_unchanged(folder, file)
    assert read == []
    for loaded in (first, second):
        assert_same(loaded, load_programmes(folder))
    assert [finding.path for finding in second.findings] == [str(folder / "odd" / "spare.yaml")]


def assert_same(one: Loaded, other: Loaded) -> None:
    assert one.findings == other.findings
    assert list(one.programmes) == list(other.programmes)
    for name, programme in one.programmes.items():
        assert programme == other.programmes[name]
        assert programme.model_fields_set == other.programmes[name].model_fields_set
        assert programme.digest == other.programmes[name].digest
        assert repr(programme.plans) == repr(other.programmes[name].plans)


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


CHANGES = {
    "a word": lambda calm: (calm / "care.yaml").write_text((calm / "care.yaml").read_text().replace("a", "o", 1)),
    "a flow more": lambda calm: (calm / "spare.yaml").write_text(SPARE),
    "a flow less": lambda calm: (calm / "grounding.yaml").unlink(),
    "a flow's name": lambda calm: (calm / "care.yaml").rename(calm / "cure.yaml"),
    "a file's name": lambda calm: (calm / "media" / "sea.jpg").rename(calm / "media" / "see.jpg"),
    "a file of the same size": lambda calm: zero(calm / "media" / "sea.jpg"),
    "a link": lambda calm: (calm / "media" / "link.jpg").symlink_to(calm / "media" / "sea.jpg"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_is_read(folder: Path, tmp_path: Path, read: list[str], change: str) -> None:
    """With what is wrong with it now, and no other programme with it."""
    load_unchanged(folder, tmp_path / FILE)
    CHANGES[change](folder / "calm")
    read.clear()
    loaded = load_unchanged(folder, tmp_path / FILE)
    assert read == ["calm"]
    assert_same(loaded, load_programmes(folder))


def test_errors_are_told_at_every_start(folder: Path, tmp_path: Path) -> None:
    """A programme with an error is never kept."""
    (folder / "odd" / "odd.yaml").write_text(ODD.replace("label: Which?", "labell: Which?"), encoding="utf-8")
    for _ in range(2):
        loaded = load_unchanged(folder, tmp_path / FILE)
        assert loaded.errors == load_programmes(folder).errors != []
    assert sorted(json.loads((tmp_path / FILE).read_text())) == ["calm", "quiz"]


def test_other_code_reads_anew(folder: Path, tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update of the program, or of a package, its checks are asked again."""
    load_unchanged(folder, tmp_path / FILE)
    read.clear()
    monkeypatch.setattr(authoring.programme_cache, "_fingerprint_code", lambda: b"another one")
    load_unchanged(folder, tmp_path / FILE)
    assert sorted(read) == ["calm", "odd", "quiz"]


def test_the_code_has_a_fingerprint() -> None:
    """All of what decides is in it."""
    top = Path(authoring.programme_cache.__file__).parents[1]
    files = [path for folder in authoring.programme_cache.CODE for path in (top / folder).rglob("*.py")]
    assert {"load.py", "yaml12.py", "select_one.py", "compiler.py", "kinds.py"} <= {path.name for path in files}
    assert len(authoring.programme_cache._fingerprint_code()) == 32


def test_a_programme_written_meanwhile_is_not_kept(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the older content would stand under the fingerprint of the newer one, or the other way round."""
    load = authoring.load.load_programme

    def load_programme(place: Path, compiled: bool = True):
        loaded = load(place, compiled)
        (place / "later.yaml").write_text(SPARE)
        return loaded

    monkeypatch.setattr(authoring.load, "load_programme", load_programme)
    load_unchanged(folder, tmp_path / FILE)
    assert not (tmp_path / FILE).exists()


def damage_digest(file: Path) -> None:
    entries = json.loads(file.read_text())
    entries["calm"]["source"]["programme"]["title"] = "Something else"
    file.write_text(json.dumps(entries))


def leave_out(file: Path) -> None:
    entries = json.loads(file.read_text())
    del entries["calm"]["source"]
    file.write_text(json.dumps(entries))


DAMAGES = {
    "half of it": lambda file: file.write_bytes(file.read_bytes()[:999]),
    "nothing": lambda file: file.write_bytes(b""),
    "something else": lambda file: file.write_text("[]"),
    "entries of another kind": lambda file: file.write_text('{"calm": 1}'),
    "too deep": lambda file: file.write_text("[" * 100_000),
    "other words": damage_digest,
    "something missing": leave_out,
    "others may write it": lambda file: file.chmod(0o620),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_wrong_file_is_not_used(
    folder: Path, tmp_path: Path, read: list[str], caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """It is told at DEBUG, the programmes are read, and the file is made anew."""
    caplog.set_level(logging.DEBUG, "waymark.kept")
    file = tmp_path / FILE
    load_unchanged(folder, file)
    caplog.clear()
    read.clear()
    DAMAGES[damage](file)
    assert_same(load_unchanged(folder, file), load_programmes(folder))
    assert "calm" in read
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
    read.clear()
    load_unchanged(folder, file)
    assert read == []


def test_a_folder_that_takes_no_file(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The programmes are served all the same."""
    caplog.set_level(logging.DEBUG, "waymark.kept")
    (tmp_path / "data").write_text("a file where the folder should be")
    loaded = load_unchanged(folder, tmp_path / "data" / FILE)
    assert_same(loaded, load_programmes(folder))
    assert "is not kept" in caplog.text


def test_where_nothing_is_wrong_no_file_is_left_aside(folder: Path, tmp_path: Path) -> None:
    """The file that is written aside gets the name of the real one."""
    load_unchanged(folder, tmp_path / "data" / FILE)
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE]
