"""`python bot.py load --isolation`: does one person slow another? Each case of it, one after the other, as one table."""

from collections.abc import Sequence
from dataclasses import replace

from simulator.load.load import measure_load
from simulator.load.plan import Plan
from simulator.load.report import FULL, Outcome, describe_windows, print_findings

USUAL = Plan(people=200, seconds=30.0, think=0.5)
MOST = 1.2  # p95 of everyone else, disturbed by alone
CASES = {
    "1 person floods": {"flood": 1},
    "1 gets 20 MB videos": {"videos": 1},
    "20 get 20 MB videos": {"videos": 20},
    "1 has store calls of 200 ms": {"slow": 1},
    "20 have store calls of 200 ms": {"slow": 20},
    "1 chat gets 429": {"hushed": 1},
}


def run_isolation(plan: Plan, bot: Sequence[str], troubled: Sequence[str]) -> int:
    """`plan.people` undisturbed ones in each case; 0 when nobody is slowed by more than a fifth and nothing is lost, else 1."""
    outcomes: dict[str, Outcome | None] = {}
    for words, disturbers in CASES.items():
        print(f"{words}:", flush=True)
        case = replace(plan, **disturbers)
        outcome = outcomes[words] = measure_load(replace(case, people=plan.people + case.disturbers), bot, troubled)
        print(f"  {_describe(outcome)}", flush=True)
        if outcome is not None:
            print_findings(outcome)
    kept = [words for words, outcome in outcomes.items() if outcome is not None and is_kept(outcome)]
    broken = [words for words in CASES if words not in kept]
    print(f"p95 of everyone else within a fifth: {'in all cases' if not broken else 'NOT when ' + ', '.join(broken)}")
    return 1 if broken else 0


def is_kept(outcome: Outcome) -> bool:
    """Nobody was slowed, and nothing lost."""
    return outcome.is_clean and outcome.windows is not None and outcome.windows.change <= MOST


def _describe(outcome: Outcome | None) -> str:
    if outcome is None or outcome.windows is None:
        return "could not be run"
    limit = "; the load generator's core was the limit" if outcome.generator > FULL else ""
    return f"{describe_windows(outcome.windows)}; {outcome.steps / outcome.seconds:,.0f} steps/s{limit}"
