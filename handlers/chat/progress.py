"""/progress: days done, days in a row, and a picture of the person's own line."""

from flow.programme import Programme
from flow.schedule import days_done, streak
from handlers.visit.visit import Visit


async def progress(visit: Visit) -> None:
    """/progress: words now; the picture is drawn when it is sent, beside everybody's turns."""
    programme = visit.bot.catalogue.live.get(visit.record.programme or "")
    if programme is None or not visit.record.run_count:
        visit.say_sentence("progress_none")
        return
    if not visit.may_say("progress"):
        return
    visit.say(_words(visit, programme), visit.menu_markup)
    if _has_line(visit, programme):
        visit.items.append({"method": "sendPhoto", "params": {}, "make": "chart", "arguments": {"programme": programme.name}})


def _has_line(visit: Visit, programme: Programme) -> bool:
    """Whether there is an answer to draw a line of."""
    known = {(flow, step) for flow, steps in visit.record.answers.get(programme.name, {}).items() for step in steps}
    if visit.run:
        known |= {(answer["flow"], answer["step"]) for answer in visit.run.answers if answer["value"] is not None}
    return not known.isdisjoint(range_steps(programme))


def _words(visit: Visit, programme: Programme) -> str:
    if not programme.days:
        return visit.sentence("progress_plain", programme=programme.title, count=visit.record.run_count)
    passed = visit.progress(programme.name)
    row = streak(passed, visit.today)
    in_row = visit.sentence("progress_streak", streak=row) if row > 1 else ""
    return visit.sentence("progress", programme=programme.title, done=days_done(passed), all=len(programme.days), streak=in_row)


def range_steps(programme: Programme) -> set[tuple[str, str]]:
    """(flow, step) of every range question: what a line can be drawn of."""
    plans = programme.plans.items()
    return {(flow, step.name) for flow, plan in plans for step in plan.steps if step.kind.is_scale}
