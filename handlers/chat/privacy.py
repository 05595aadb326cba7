"""/privacy, /mydata and /forget."""

from handlers.rendering.keyboards import row
from handlers.visit.visit import Visit


async def privacy(visit: Visit) -> None:
    """/privacy: the stored data, in a few words."""
    visit.say_sentence("privacy")


async def mydata(visit: Visit) -> None:
    """One JSON file of all that is stored; made when it is sent, beside everybody's turns."""
    if visit.may_say("mydata"):
        visit.items.append({"method": "sendDocument", "params": {"caption": visit.sentence("mydata")}, "make": "mydata"})


async def forget(visit: Visit) -> None:
    """Asks first."""
    visit.say_sentence("forget_ask", row((visit.sentence("forget_yes"), "x:yes"), (visit.sentence("forget_no"), "x:no")))


async def decide(visit: Visit, answer: str) -> None:
    """A press on Delete everything or Keep it."""
    visit.settle_pressed()
    if answer == "yes":
        visit.forget_all("forgotten")
    else:
        visit.say_sentence("kept")
