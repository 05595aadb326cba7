"""What the engine wants said of a run, as items of the visit."""

from collections.abc import Iterable
from typing import Any

from flow.state.effects import Ask, Complain, Effect, Ended, Pause, Refused, Retick, Say, Settle
from flow.state.run import Run
from handlers.rendering import messages
from handlers.rendering.keyboards import question_key
from handlers.rendering.richtext import render
from handlers.visit.inputs import pressed_question
from handlers.visit.saying import Saying

TOASTED = {"stale": "stale", "closed": "stale"}
SAID = {"first": "first", "closed": "not_open", "edit": "edit", "stale": "not_open", "worn": "worn"}


def play(visit: Saying, run: Run, effects: Iterable[Effect]) -> None:
    """Say them, in their order."""
    number, programme = run.number, run.programme
    for effect in effects:
        match effect:
            case Ask():
                visit.items += messages.ask(effect, number, programme)
            case Settle():
                _settle(visit, question_key(number, effect.question_number), effect.chosen)
            case Say():
                visit.items += messages.say(effect, programme)
            case Pause():
                visit.items.append(messages.pause(effect.seconds))
            case Retick():
                visit.items.append(messages.retick(number, effect.question_number, effect.rows))
            case Complain():
                _complain(visit, effect)
            case Refused():
                _refuse(visit, effect.why)
            case Ended():
                visit.ended = (run, effect)


def _settle(visit: Saying, name: str, chosen: tuple[str, ...]) -> None:
    """The keyboard goes, the choice stays; a question whose words alone were sent needs nothing."""
    known = visit.sent.messages.get(name)
    due = visit.end_wait(name)
    if known is None or known[3] in ("text", "caption"):
        visit.items.append(messages.settle(name, due["shown"] if due else _pressed_message(visit, name), chosen))


def _pressed_message(visit: Saying, name: str) -> dict[str, Any] | None:
    """The question as it stands in the chat, when the press on it is what we handle: Telegram sends it along."""
    pressed = pressed_question(visit.arrival)
    return visit.arrival.message if pressed and question_key(*pressed[:2]) == name else None


def _complain(visit: Saying, effect: Complain) -> None:
    if effect.text is not None:
        visit.say(render(effect.text), kind=effect.code)
    else:
        visit.answer(visit.sentence(effect.code, **effect.values), effect.code)


def _refuse(visit: Saying, why: str) -> None:
    if visit.arrival.kind == "press":
        visit.answer(visit.sentence(TOASTED.get(why, "stale")))
        visit.clear_pressed()
    elif visit.arrival.kind != "elapsed":
        visit.say_sentence(SAID[why])
