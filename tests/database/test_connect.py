"""Addresses of stores."""

import subprocess
import sys
from pathlib import Path

import pytest

from database.connect import make_store
from database.mongo.store import MongoStore
from database.sqlite.store import SqliteStore

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///data/waymark.db", "data/waymark.db"), ("sqlite:////var/lib/w.db", "/var/lib/w.db")]
)
def test_sqlite_addresses(url: str, path: str) -> None:
    store = make_store(url, mongo_db="waymark")
    assert isinstance(store, SqliteStore)
    assert store._path == Path(path)


@pytest.mark.parametrize(
    "url", ["mongodb://127.0.0.1:27017", "mongodb://a:b@h1,h2/x?replicaSet=r", "mongodb+srv://u:p@cluster.example.org"]
)
@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_mongodb_addresses(url: str, driver: str) -> None:
    assert isinstance(make_store(url, mongo_db="waymark", mongo_driver=driver), MongoStore)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u:hunter2@host/x", "postgresql:// is unknown"),
        ("data/waymark-hunter2.db", "without a scheme"),
        ("", "without a scheme"),
        ("sqlite://hunter2.db", "sqlite:///relative/path"),
        ("sqlite:///", "to a file"),
        ("sqlite:///:memory:", "to a file"),
        ("mongodb://user:hunter2/@host", "can't be read"),
        ("mongodb://user:hunter2@host:port", "can't be read"),
    ],
)
def test_other_addresses_are_refused_in_words_without_the_password(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        make_store(url, mongo_db="waymark")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_unknown_driver_is_refused() -> None:
    with pytest.raises(ValueError, match="use motor or pymongo"):
        make_store("mongodb://127.0.0.1", mongo_db="waymark", mongo_driver="pymysql")


def test_sqlite_users_do_not_pay_for_mongodb() -> None:
    code = (
        "import sys; from database.connect import make_store; make_store('sqlite:///x.db', mongo_db='')\n"
        "assert not {'pymongo', 'motor', 'bson'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
