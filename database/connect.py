"""Which store an address means."""

from collections.abc import Mapping
from pathlib import Path

from database.sqlite.store import SqliteStore
from database.store import Store


def make_store(url: str, *, mongo_db: str, mongo_driver: str = "motor", pool: Mapping[str, int] | None = None) -> Store:
    """The store at an address, not opened yet. Raises ValueError, whose words never hold the address: it may have a password in it.

    `sqlite:///relative/path`, `sqlite:////absolute/path`, `mongodb://…`, `mongodb+srv://…`. The other arguments are MongoDB's: the
    database's name, `motor` or `pymongo`, and pool options by the driver's names (`maxPoolSize`, …).
    """
    scheme, mark, rest = url.partition("://")
    if mark and scheme == "sqlite":
        return SqliteStore(_read_path(rest))
    if mark and scheme in ("mongodb", "mongodb+srv"):
        from database.mongo.store import make_mongo_store  # here, so that those with SQLite don't pay for the import

        return make_mongo_store(url, mongo_db, mongo_driver, pool or {})
    raise ValueError(
        f"{scheme + mark if mark else 'an address without a scheme'} is unknown: use sqlite:///, mongodb:// or mongodb+srv://"
    )


def find_absent_file(url: str) -> Path | None:
    """The SQLite file that the address names, when it is not there; None for every other address. Makes nothing."""
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite":
        return None
    path = _read_path(rest)
    return None if path.exists() else path


def _read_path(rest: str) -> Path:
    if not rest.startswith("/") or rest.strip("/") in ("", ":memory:"):
        raise ValueError("the address of SQLite is sqlite:///relative/path or sqlite:////absolute/path, to a file")
    return Path(rest[1:])
