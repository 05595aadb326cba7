"""Who may import whom: the picture of the house, kept true."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("handlers", "flow", "authoring", "database", "media", "utils", "simulator", "trials", "web")
ALLOWED = {
    "bot": {"handlers", "web", "authoring", "simulator", "trials", "flow", "database", "media", "utils"},
    "trials": {"bot", "database", "utils"},
    "handlers": {"flow", "database", "media", "utils"},
    "web": {"handlers", "flow", "database", "media", "utils"},
    "authoring": {"flow", "database", "media", "utils"},
    "flow": set(),
    "database": {"utils"},
    "media": {"utils"},
    "utils": set(),
    "simulator": set(),
}
HOMES = {
    "telegram": {"handlers", "bot"},
    "motor": {"database"},
    "pymongo": {"database"},
    "sqlite3": {"database", "trials"},  # trials fill a file
    "aiofiles": {"media"},
    "yaml": {"authoring"},
    "PIL": {"media"},
    "telegramify_markdown": {"handlers"},
    "dotenv": {"utils"},
    "pydantic_settings": {"utils"},
    "psutil": {"utils", "simulator"},  # of this process; of another one
    "babel": {"handlers"},
}
ROOMS = {  # the folders inside a folder, ground first: each imports only from those before it; "" are the files above them
    "handlers": ("rendering", "api", "incoming", "outgoing", "visit", "due", "operator", "chat", ""),
    "flow": ("times", "expressions", "state", "question", "kinds", "", "reminders"),
    "database": ("", "sqlite", "mongo"),
    "simulator": ("world", "bot_api", "actors", "page", "load", "chaos", "days", ""),
}
STRANGERS = (("database/sqlite", "database/mongo"), ("handlers/operator", "handlers/chat"))  # neither knows the other
ON_TOP = {"database.connect"}  # chooses between the two back ends, so it stands above them
FILES = [*sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")), ROOT / "bot.py"]


def imports_of(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def room_of(path: Path) -> str:
    """The top-level folder of a file, or its own name at the top."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    tops = {name.partition(".")[0] for name in imports_of(path)}
    assert (tops & (set(FOLDERS) | {"bot"})) - {room} <= ALLOWED[room]
    assert [library for library in tops & set(HOMES) if room not in HOMES[library]] == []
    if room == "flow":
        assert tops & {"asyncio", "time", "aiohttp", "socket", "threading", "os", "pathlib"} == set(), "the engine is pure"


def room_in(module: str) -> tuple[str, str]:
    """A module's folder and the folder inside that, "" for none: handlers.chat.start -> handlers, chat."""
    top, *rest = module.split(".")
    return top, rest[0] if rest and (ROOT / top / rest[0]).is_dir() else ""


@pytest.mark.parametrize("top", ROOMS)
def test_arrows_between_the_rooms_of_a_folder_run_one_way(top: str) -> None:
    order = ROOMS[top]
    assert {path.name for path in (ROOT / top).iterdir() if (path / "__init__.py").exists()} == set(order) - {""}
    wrong = []
    for path in (ROOT / top).rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if module in ON_TOP:
            continue
        room = room_in(module)[1]
        others = {room_in(name) for name in imports_of(path) if name != top}
        wrong += [f"{module} -> {other}" for folder, other in others if folder == top and order.index(other) > order.index(room)]
    assert wrong == []


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_neither_of_two_rooms_knows_the_other(one: str, other: str) -> None:
    for room, stranger in ((one, other), (other, one)):
        names = {name for path in (ROOT / room).rglob("*.py") for name in imports_of(path)}
        assert [name for name in names if name.startswith(stranger.replace("/", "."))] == []


def test_only_the_kinds_know_the_types_of_steps() -> None:
    """Nothing outside flow/kinds/ compares with a type's name: it would be forgotten when a type is added."""
    from flow.kinds.registry import KINDS, UNSUPPORTED

    types = {*KINDS, *UNSUPPORTED, "after"}
    wrong = []
    for path in FILES:
        if path.parent.name == "kinds" or room_of(path) == "simulator":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if compares_a_type(node):
                words = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
                wrong += [f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"] if words & types else []
    assert wrong == []


def compares_a_type(node: ast.AST) -> bool:
    """Whether a step's type stands on either side of a comparison (`==`, `in`) or is what a `match` looks at."""
    sides = (
        [node.left, *node.comparators] if isinstance(node, ast.Compare) else [node.subject] if isinstance(node, ast.Match) else []
    )
    return any(ast.unparse(side).endswith((".type", "['type']", ".get('type')", "place.kind", "step.kind")) for side in sides)


@pytest.mark.parametrize(
    "code",
    [
        "place.kind == 'text'",
        "'text' == step.type",
        "place.kind.type in ('text', 'note')",
        "answer['type'] != 'text'",
        "plain.get('type') == 'text'",
        "match place.kind.type:\n    case 'text': pass",
    ],
)
def test_a_comparison_with_a_type_is_seen(code: str) -> None:
    assert any(compares_a_type(node) for node in ast.walk(ast.parse(code)))


def test_there_are_no_circles() -> None:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in FILES}
    graph = {name: {other for other in imports_of(path) if other in modules and other != name} for name, path in modules.items()}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for other in sorted(graph[name]):
                walk(other, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        walk(name, ())
    assert len(done) == len(modules)


def test_every_package_file_is_empty() -> None:
    assert [path for path in FILES if path.name == "__init__.py" and path.read_text(encoding="utf-8")] == []


def test_the_simulator_can_be_loaded_without_the_bot() -> None:
    """Its modules in a fresh interpreter bring none of ours with them."""
    import subprocess

    code = "import sys, simulator.demo, simulator.load.load; print(sorted({m.split('.')[0] for m in sys.modules}))"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not set(ast.literal_eval(shown)) & {"handlers", "flow", "database", "utils", "authoring", "media", "telegram"}
