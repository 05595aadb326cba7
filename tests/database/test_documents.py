"""Whatever a person or an author writes can be kept, and comes back the same wherever that is possible."""

from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.documents import from_json, person_from_document, person_to_document, to_json
from database.mongo.documents import decode_key, encode_key, from_bson, to_bson
from database.records import Person, Sent
from tests.database.conftest import make_person

ODD_KEYS = ["day.1", "$where", "a$b", "..", "100 %", "%2E", "%", "", "\x00", "nul\x00inside", "🧭", "نعم", " ", "_id", "__proto__"]
ODD_TEXTS = ["nul\x00inside", "🧭👩‍👩‍👧", "${name}", "'; DROP TABLE users; --", "\u2028", "\ufeff", "", "x" * 10_000]

plain = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**63, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


async def test_odd_keys_and_texts_come_back_as_they_were(store: Any) -> None:
    answers = {key: {key: dict(zip(ODD_KEYS, ODD_TEXTS, strict=False))} for key in ODD_KEYS}
    run = {"number": 1, "programme": "calm", "answers": [{"step": key, "value": {key: [key]}} for key in ODD_KEYS]}
    odd = make_person(answers=answers, run=run, settings=dict.fromkeys(ODD_KEYS, 1), username="a\x00b", closed=(run,))
    odd = replace(odd, sent=Sent(messages={key: [1, "", 0, "text"] for key in ODD_KEYS}))
    saved = await store.save_person(odd)
    await store.save_sent({7: odd.sent})
    assert saved == replace(odd, revision=1, closed=())
    assert await store.find_person(7) == saved
    assert await store.list_runs(7) == [run]


async def test_half_a_surrogate_pair_becomes_the_replacement_character(store: Any) -> None:
    first = await store.save_person(
        make_person(answers={"p": {"f": {"a": "x\ud83dy", "b\udc00": 1}}}, outbox=({"n": 1, "t": "\ud800"},))
    )
    await store.save_person(replace(first, last_name="\udfff🧭"))
    found = await store.find_person(7)
    assert found.answers == {"p": {"f": {"a": "x\ufffdy", "b\ufffd": 1}}}
    assert found.outbox == ({"n": 1, "t": "\ufffd"},)
    assert found.last_name == "\ufffd🧭"


async def test_integers_keep_their_value_up_to_64_bits_and_their_digits_beyond(store: Any) -> None:
    values = {"a": 2**63 - 1, "b": 1 - 2**63, "c": 10**30, "d": True}
    await store.save_person(make_person(settings=values))
    assert (await store.find_person(7)).settings == {**values, "c": str(10**30)}


async def test_a_read_only_mapping_is_kept_as_a_dict(store: Any) -> None:
    await store.save_person(make_person(run={"number": 1, "programme": "calm", "answers": (MappingProxyType({"value": 1}),)}))
    assert (await store.find_person(7)).run == {"number": 1, "programme": "calm", "answers": [{"value": 1}]}


async def test_a_large_document_is_kept(store: Any) -> None:
    answers = [{"step": f"s{number}", "value": "long " * 200} for number in range(1000)]
    await store.save_person(make_person(run={"number": 1, "programme": "calm", "answers": answers}))
    assert (await store.find_person(7)).run["answers"] == answers


@given(plain)
def test_any_plain_value_survives_either_encoding(value: Any) -> None:
    assert from_bson(to_bson(value)) == value
    assert from_json(to_json(value)) == value


@given(st.text())
def test_a_key_is_encoded_both_ways_and_safe(key: str) -> None:
    encoded = encode_key(key)
    assert decode_key(encoded) == key
    assert encoded
    assert not encoded.startswith("$")
    assert not set(encoded) & {".", "\x00"}


@pytest.mark.parametrize(
    ("key", "encoded"), [("day-1", "day-1"), ("day.1", "day%2E1"), ("$x", "%24x"), ("a$", "a$"), ("50 %", "50 %25")]
)
def test_keys_stay_readable(key: str, encoded: str) -> None:
    assert encode_key(key) == encoded


def test_a_document_of_another_version_is_read_with_defaults() -> None:
    found = person_from_document(7, 3, {"first_name": "Mona", "unknown": 1, "updates": [1, 2]}, Sent())
    assert found == Person(7, 3, first_name="Mona", updates="1 2")


def test_every_field_of_a_person_is_kept_somewhere() -> None:
    assert set(person_to_document(Person(7))) | {"id", "revision", "closed", "sent", "wake_at"} == {
        field.name for field in fields(Person)
    }
