"""How the garbage collector and the threads' turns are set while the bot serves."""

import gc
import sys

SWITCH_SECONDS = 0.001  # Python's own 0.005 lets the database's thread wait five times as long after each statement
# At Python's default, 700 new objects start a collection: a fifth of a step's cost. The second figure decides how many objects are
# looked through at once, 50,000 here: at 200,000 the loop stands still up to four times as long, for the same work.
THRESHOLDS = (10_000, 5, 400)


def settle_collector() -> None:
    """Leave what is loaded now out of every later collection, and collect less often from here on.

    Call it once, after loading and before serving. The collector may be off until then: nothing that is loaded is garbage.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(*THRESHOLDS)


def switch_threads_sooner() -> None:
    """Give the database's thread the interpreter back soon after each statement."""
    sys.setswitchinterval(SWITCH_SECONDS)
