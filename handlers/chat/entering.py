"""The way into a flow: which programme, consent, what is due today, and what to do when something is open already."""

from flow.programme import Programme
from handlers.chat.menu_page import show_menu
from handlers.rendering.keyboards import column, fitting, row
from handlers.rendering.richtext import render_markdown
from handlers.visit.catalogue import Target
from handlers.visit.visit import Visit


def choose_programme(visit: Visit) -> None:
    """The only programme at once, else a question."""
    live = list(visit.bot.catalogue.live.values())
    if len(live) == 1:
        enter(visit, live[0], None)
    else:
        visit.say_sentence("which", column(*((one.title, fitting("p:", one.name)) for one in live)))


def enter(visit: Visit, programme: Programme, flow: str | None) -> None:
    """Into a programme: consent first, then the flow asked for, else what is due today, else the menu."""
    visit.change(programme=programme.name)
    if programme.consent and programme.name not in visit.record.consents:
        _ask_consent(visit, programme, flow)
    elif flow is not None:
        visit.begin(programme, flow)
    elif programme.days:
        _enter_day(visit, programme)
    else:
        _enter_menu(visit, programme)


def _ask_consent(visit: Visit, programme: Programme, flow: str | None) -> None:
    agree = (visit.sentence("consent_yes"), fitting("c:yes:", target_word(programme, flow)))
    visit.say(
        render_markdown(programme.consent or ""), row(agree, (visit.sentence("consent_no"), fitting("c:no:", programme.name)))
    )


def _enter_day(visit: Visit, programme: Programme) -> None:
    due = visit.due(programme)
    if due.flow is not None:
        visit.begin(programme, due.flow)
    elif due.reason == "tomorrow":
        following = programme.flows[programme.days[due.number - 1]].title
        visit.say_sentence("day_done", visit.menu_markup, next=following)
    else:
        visit.say_sentence("days_done", visit.menu_markup, programme=programme.title)


def _enter_menu(visit: Visit, programme: Programme) -> None:
    flows = [flow for group in programme.menu.values() for flow in group]
    if len(flows) == 1:
        visit.begin(programme, flows[0])
    else:
        show_menu(visit, programme)


def offer_open(visit: Visit, target: Target | None = None) -> None:
    """Something is open: Continue / Start again, and what was asked for, when that is something else."""
    assert visit.run is not None, "offered only while something is open"
    number = visit.run.number
    buttons = [(visit.sentence("continue"), f"o:continue:{number}"), (visit.sentence("again"), f"o:again:{number}")]
    if target is not None and not _is_open(visit, target):
        programme, flow = target
        title = programme.flows[flow].title if flow else programme.title
        buttons.append((visit.sentence("start_other", title=title), fitting("o:link:", target_word(programme, flow))))
    visit.say_sentence("open", column(*buttons), title=visit.title)


def _is_open(visit: Visit, target: Target) -> bool:
    programme, flow = target
    return visit.run is not None and visit.run.programme == programme.name and flow in (None, visit.run.flow)


def restart_open(visit: Visit) -> None:
    """The open flow anew, in its newest content."""
    assert visit.run is not None, "there is something to begin anew"
    programme = visit.bot.catalogue.live.get(visit.run.programme)
    if programme is None or visit.run.flow not in programme.flows:
        visit.leave()
        visit.say_sentence("unknown_link")
        choose_programme(visit)
    else:
        visit.begin(programme, visit.run.flow)


def target_word(programme: Programme, flow: str | None) -> str:
    """How a button names a programme or one of its flows."""
    return f"{programme.name}/{flow}" if flow else programme.name
