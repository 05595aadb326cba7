"""In a burst the bot does not say the same thing again and again.

Every accepted update is handled as ever: an answer counts, a press is answered. But twenty wrong answers in a row would bring
twenty times the same complaint. So the bot's own words (complaints, refusals, its pages) are noted with their time while more than
CROWD updates of the person wait. Words noted within the last AGAIN_SECONDS are not said again. The programme's steps and the end of
a flow are always said. The notes lie in the person's document, so a turn that is tried again decides the same.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

CROWD = 3  # updates waiting behind the one being handled
AGAIN_SECONDS = 2.0  # until the same is said again
SAID = "said"  # in a person's settings: what was said in a burst -> epoch seconds


def note_saying(settings: Mapping[str, Any], what: str, waiting: int, now: datetime) -> dict[str, Any] | None:
    """The person's settings once `what` is said; None: it was said a moment ago in a burst, and is not to be said again.

    `waiting` counts the person's updates that are not done, the one being handled too.
    """
    moment = now.timestamp()
    said = {name: at for name, at in settings.get(SAID, {}).items() if 0 <= moment - at < AGAIN_SECONDS}
    if what in said:
        return None
    if waiting > CROWD + 1:
        said[what] = moment
    rest = {name: value for name, value in settings.items() if name != SAID}
    return {**rest, SAID: said} if said else rest
