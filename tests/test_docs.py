"""The documents say what is so: settings, commands, targets and files that they name exist, and none is left out."""

import argparse
import re
from pathlib import Path

import pytest
from PIL import Image

from authoring.check import check_command
from authoring.load import load_programmes
from bot import _make_parser
from flow.kinds.registry import UNSUPPORTED
from handlers.rendering.languages.en import ADMIN_COMMANDS, COMMANDS
from utils.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
WHERE_TO_ADD = (ROOT / "docs" / "where-to-add.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
PAGES = {
    "README.md": README,
    "docs/architecture.md": ARCHITECTURE,
    "docs/operating.md": OPERATING,
    "docs/performance.md": (ROOT / "docs/performance.md").read_text(encoding="utf-8"),
    "docs/reliability.md": (ROOT / "docs/reliability.md").read_text(encoding="utf-8"),
    "docs/where-to-add.md": WHERE_TO_ADD,
}

SETTING_ROW = re.compile(r"^\| `([A-Z][A-Z_]+)` \| (?:`([^`]*)`|unset) \|", re.MULTILINE)
EXAMPLE_LINE = re.compile(r"^(# )?([A-Z][A-Z_]+)=(.*)$", re.MULTILINE)
MADE_LATER = {"hello", "data", "results", ".venv", ".env"}  # what a reader makes by following the pages
FOLDERS = (
    "handlers",
    "flow",
    "authoring",
    "database",
    "media",
    "utils",
    "simulator",
    "trials",
    "programmes",
    "docs",
    "tests",
    ".ci",
    "bench",
)


def settings_in(page: str) -> dict[str, str]:
    """Variable -> default of a page's settings table, "" for unset."""
    return dict(SETTING_ROW.findall(page))


def settings_of_example() -> dict[str, str]:
    """Variable -> default in .env.example; what is commented out there is unset."""
    return {name: "" if hidden else value for hidden, name, value in EXAMPLE_LINE.findall(EXAMPLE)}


def commands_of_shell() -> set[str]:
    """The words that `python bot.py` takes."""
    [commands] = [one for one in _make_parser()._actions if isinstance(one, argparse._SubParsersAction)]
    return set(commands.choices)


def paths_in(page: str) -> set[str]:
    """Whatever looks like a file or folder of this repository, in backticks, as a link, or in a picture of the house."""
    words = set(
        re.findall(r"[\w./*-]+", " ".join([*re.findall(r"`([^`\n]+)`", page), *re.findall(r"(?:\]\(|src=\")([^)\"#]+)", page)]))
    )
    return {word.rstrip("./") for word in words if word.startswith(tuple(f"{folder}/" for folder in FOLDERS))}


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    assert set(settings_in(OPERATING)) == {name.upper() for name in Settings.model_fields}
    assert settings_in(OPERATING) == settings_of_example()


def test_every_default_is_the_programs_own() -> None:
    given = {name.lower(): value for name, value in settings_in(OPERATING).items() if value}
    assert Settings(_env_file=None, **given) == Settings(_env_file=None)


@pytest.mark.parametrize("command", [*COMMANDS, *ADMIN_COMMANDS])
def test_every_command_of_the_chat_stands_in_the_readme(command: str) -> None:
    assert f"`/{command}`" in README


@pytest.mark.parametrize("command", sorted(commands_of_shell() - {"run"}))
def test_every_command_of_the_shell_stands_in_a_page(command: str) -> None:
    assert re.search(rf"`(?:python bot\.py )?{command}[ `]", README + OPERATING)


@pytest.mark.parametrize("name", PAGES)
def test_only_commands_that_exist_are_named(name: str) -> None:
    named = set(re.findall(r"python bot\.py ([a-z]+)", PAGES[name]))
    assert named <= commands_of_shell()


@pytest.mark.parametrize("name", PAGES)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", PAGES[name], re.MULTILINE)) <= targets


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_is_named_exists(name: str) -> None:
    named = paths_in(PAGES[name])
    assert [one for one in sorted(named) if not MADE_LATER & set(one.split("/")) and not list(ROOT.glob(one))] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    here = (ROOT / name).parent
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", PAGES[name]):
        page = here / target if target else ROOT / name
        assert page.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}, anchor


def test_every_folder_has_its_line() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("[a-z]*/**/*.py")}
    ours = {folder for folder in folders if not folder.startswith(("tests/", "bench/"))}
    assert {folder for folder in ours if f"\n| `{folder}/` |" not in ARCHITECTURE} == set()


ADD_ROW = re.compile(r"^\| (?P<what>[^|]+) \| `(?P<word>[^`|]+)` \| (?P<places>[^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize("row", [*ADD_ROW.finditer(WHERE_TO_ADD)], ids=lambda row: row["what"])
def test_the_example_of_a_row_stands_in_every_file_that_the_row_names(row: re.Match[str]) -> None:
    places = re.findall(r"`([^`]+)`", row["places"])
    assert places
    silent = [place for place in places if not any(row["word"] in text for text in texts_at(place, row["word"]))]
    assert silent == []


def texts_at(place: str, word: str) -> list[str]:
    """A file's text; of a file named after the example, its name counts too; of a folder, every file's."""
    path = ROOT / place
    files = list(path.rglob("*.py")) if path.is_dir() else [path]
    return [f"{one.stem} {one.read_text(encoding='utf-8')}" for one in files]


def test_where_to_add_tells_of_the_main_things() -> None:
    assert len(list(ADD_ROW.finditer(WHERE_TO_ADD))) >= 9


def test_the_programme_of_the_readme_loads(tmp_path: Path) -> None:
    files = re.findall(r"^`programmes/(\S+)`\n\n```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for name, text in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert sum(text.count("\n") for _, text in files) == 10
    assert check_command(tmp_path, []) == ([], 0)
    assert list(load_programmes(tmp_path).programmes["hello"].flows) == ["greeting"]


def test_what_is_called_missing_is_missing() -> None:
    """The list "Not yet" names commands, steps and settings; one that has come is to be taken off it."""
    missing = README.partition("**Not yet.**")[2].partition("\n## ")[0]
    assert missing
    named = set(re.findall(r"`/([a-z]+)`", missing)) - {"health"}
    assert not named & (set(COMMANDS) | set(ADMIN_COMMANDS))
    assert ("`/health`" in missing) == (not (ROOT / "web").exists())
    [steps] = [line for line in missing.splitlines() if line.startswith("- step types")]
    assert tuple(re.findall(r"`(\w+)`", steps)) == UNSUPPORTED


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "images").glob("*")), ids=lambda path: path.name)
def test_pictures_are_shown_light_and_readable(path: Path) -> None:
    with Image.open(path) as picture:
        picture.verify()
    assert path.stat().st_size < 300_000
    assert f"docs/images/{path.name}" in README


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_says_what_it_is_for(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    silent = [line for line in lines if not re.fullmatch(r"-r requirements\.txt|types-[\w-]+==\S+|[\w-]+==\S+  # .+", line)]
    assert silent == []


def test_the_changelog_knows_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version and f"## [{version[1]}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
