"""The scenarios that are measured: each is a way in which people behave."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scenario:
    """`options` go to the load server; `people` are the sizes of the full run, `quick` those of the quick one."""

    name: str
    words: str
    people: tuple[int, ...]
    quick: tuple[int, ...] = (50,)
    options: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    without_mongo: bool = False
    over_tls: bool = False


SCENARIOS = {
    one.name: one
    for one in (
        Scenario("closed", "everybody answers at once, no network between", (1, 50, 500, 2000)),
        Scenario("delay", "the same with 30 ms of network for every send", (50, 500), options={"api-delay": "30"}),
        Scenario("open", "200 actions a second, whatever the bot does", (2000,), options={"mode": "open", "rate": "200"}),
        Scenario(
            "burst",
            "five texts of one person at once",
            (50,),
            options={"mode": "burst"},
            environ={"STORE_MS": "5"},  # the peers' state takes 0 to 5 ms; ours takes what it takes
            without_mongo=True,
        ),
        Scenario("tls", "as closed, over HTTPS", (50,), without_mongo=True, over_tls=True),
    )
}
