"""Attachments are made at the moment they are sent: the picture of a person's progress, the file of all their data."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

import orjson

from database.records import Person
from database.store import Store
from flow.programme import Programme
from handlers.chat.progress import range_steps
from handlers.outgoing.sending import Made, Maker, Unsendable
from handlers.rendering.sentences import sentence
from handlers.visit.catalogue import Catalogue
from handlers.visit.clocks import Clocks

Lines = dict[str, list[tuple[str, float]]]  # step name -> (day, value), oldest first


def make_makers(store: Store, catalogue: Catalogue, clocks: Clocks) -> dict[str, Maker]:
    """The makers by the name that outbox items use."""

    async def chart(person: int, arguments: Mapping[str, Any]) -> Made:
        programme = catalogue.live.get(arguments["programme"])
        record = await store.find_person(person)
        if programme is None or record is None:
            raise Unsendable("there is no progress to draw any more")
        runs = [*await store.list_runs(person), *record.closed, *([record.run] if record.run else [])]
        picture = await asyncio.to_thread(_draw, programme, runs, clocks.zone_of(record), record.language)
        return "photo", "progress.png", "image/png", picture

    async def mydata(person: int, arguments: Mapping[str, Any]) -> Made:
        record = await store.find_person(person)
        if record is None:
            raise Unsendable("nothing is stored of this person")
        content = await asyncio.to_thread(_write_out, record, await store.list_runs(person))
        return "document", "mydata.json", "application/json", content

    return {"chart": chart, "mydata": mydata}


def _draw(programme: Programme, runs: Iterable[Mapping[str, Any]], zone: tzinfo, language: str) -> bytes:
    """The picture; takes long enough to hold everybody up, so it is called in a thread, as `_write_out` is."""
    from media.chart import draw_chart  # here, in a thread: loading what draws takes longer than drawing

    low, high = _bounds(programme)
    lines = list(chart_lines(programme, runs, zone).items())
    return draw_chart(sentence("chart_title", language, programme=programme.title), lines, low, high)


def _write_out(record: Person, runs: list[dict[str, Any]]) -> bytes:
    whole = {"person": asdict(record), "runs": runs}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)


def chart_lines(programme: Programme, runs: Iterable[Mapping[str, Any]], zone: tzinfo) -> Lines:
    """The range answers of a programme's runs, a line a step name, in the order of time. Days are the person's local ones."""
    wanted = range_steps(programme)
    found: list[tuple[str, str, float]] = []
    for run in runs:
        if run["programme"] == programme.name:
            found += [
                (answer["answered_at"], answer["step"], float(answer["value"]))
                for answer in run["answers"]
                if not answer["replaced"] and answer["value"] is not None and (answer["flow"], answer["step"]) in wanted
            ]
    lines: Lines = {}
    for at, step, value in sorted(found):
        day = datetime.fromisoformat(at).astimezone(zone)
        lines.setdefault(step, []).append((f"{day.day} {day:%b}", value))
    return lines


def _bounds(programme: Programme) -> tuple[float | None, float | None]:
    """The scale that all range questions share, None where they differ."""
    scales = {
        (step.options[0].answer, step.options[-1].answer)
        for plan in programme.plans.values()
        for step in plan.steps
        if step.kind.is_scale and step.options
    }
    return next(iter(scales)) if len(scales) == 1 else (None, None)
