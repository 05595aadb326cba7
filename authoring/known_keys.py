"""Which keys may stand where, read from the models' own JSON Schema, so that a new key needs no second list."""

from functools import lru_cache
from typing import Any

from flow.programme import Programme


@lru_cache(maxsize=1024)
def known_keys(loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that may stand at a place, read from the models' own JSON Schema; () where they can't be told."""
    spots = [_schema()]
    for part in loc:
        spots = [below for spot in spots for below in _below(spot, part)]
    return tuple({key: None for spot in spots for branch in _branches(spot) for key in branch.get("properties", ())})


def is_branch(part: str | int) -> bool:
    """Pydantic's names for the branches of a union (`tuple[str, ...]`, `function-after[…]`), which no author wrote."""
    return isinstance(part, str) and ("[" in part or part in ("str", "int", "float", "bool"))


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return Programme.model_json_schema(by_alias=True)


def _below(spot: dict[str, Any], part: str | int) -> list[dict[str, Any]]:
    """The schemas one step further in: into a property, an item, or the branch that a discriminator's tag names."""
    found: list[dict[str, Any]] = []
    for branch in _branches(spot):
        tags = branch.get("discriminator", {}).get("mapping", {})
        if part in tags:
            return [_resolve({"$ref": tags[part]})]
        if isinstance(part, int):
            found += [_resolve(branch["items"])] if isinstance(branch.get("items"), dict) else []
        elif part in branch.get("properties", {}):
            found.append(_resolve(branch["properties"][part]))
        elif isinstance(branch.get("additionalProperties"), dict):
            found.append(_resolve(branch["additionalProperties"]))
        elif is_branch(part):
            found.append(branch)
    return found


def _branches(spot: dict[str, Any]) -> list[dict[str, Any]]:
    return [spot, *(_resolve(branch) for key in ("anyOf", "oneOf", "allOf") for branch in spot.get(key, ()))]


def _resolve(spot: dict[str, Any]) -> dict[str, Any]:
    reference = spot.get("$ref", "")
    if not reference:
        return spot
    found: dict[str, Any] = _schema().get("$defs", {}).get(reference.rpartition("/")[2], {})
    return found
