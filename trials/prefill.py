"""A database as it is after years: a few people who really walked, copied until there are as many as wanted. For measurements.

SQLite alone, and only while no bot uses the file. The copy is read from the tables themselves, so a new column needs nothing here.
Copies get ids of their own, above every id that Telegram has given to a person so far.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

FIRST = 1 << 40  # the first copy's id
AT_ONCE = 50_000  # copies of one transaction


def copy_people(path: Path, wanted: int) -> int:
    """Copy the people of the file, with their ended runs, until there are `wanted`; gives how many there are.

    Raises ValueError when there is nobody to copy, sqlite3.Error when the file can't be used.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA secure_delete = OFF;")
        db.execute("CREATE TEMP TABLE samples AS SELECT * FROM users")
        samples: int = db.execute("SELECT count(*) FROM samples").fetchone()[0]
        if not samples:
            raise ValueError(f"nobody is in {path} who could be copied")
        users, runs = _make_copying(db, "users", "id"), _make_copying(db, "runs", "person")
        first, left = FIRST, max(0, wanted - samples)
        while left:
            db.execute("BEGIN")
            for _ in range(max(1, AT_ONCE // samples)):
                db.execute(users, {"first": first, "most": left})
                db.execute(runs, {"first": first, "most": left})
                first += samples
                left = max(0, left - samples)
                if not left:
                    break
            db.execute("COMMIT")
        db.execute("ANALYZE")
        return max(wanted, samples)


def _make_copying(db: sqlite3.Connection, table: str, key: str) -> str:
    """The statement that copies the samples' rows of a table; the copy of the n-th sample has the id `first` + n."""
    columns = [column for _, column, *_ in db.execute(f"PRAGMA table_info({table})")]
    values = [":first + samples.rowid" if column == key else f"{table}.{column}" for column in columns]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "
        f"FROM samples JOIN main.{table} AS {table} ON {table}.{key} = samples.id WHERE samples.rowid <= :most"
    )
