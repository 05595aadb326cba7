"""What the bench makes of its cells: figures, ratios within a round, what the reader must mind, the picture."""

from pathlib import Path
from typing import Any

import pytest
from picture import BAR, GAP, HEAD, LEFT, OURS, draw
from PIL import Image, ImageColor
from report import write_report
from results import SPOILT_BURSTS, Results, count_faults

MACHINE = {"cpu": "a test"}


def make_cell(name: str, number: int = 0, **figures: Any) -> dict[str, Any]:
    """A cell as `cells.measure` gives it, closed with 50 people if nothing else is said."""
    usual = {"scenario": "closed", "people": 50, "steps_s": 1000.0, "p50": 5.0, "p99": 10.0, "rss_mb": 100.0, "server_cpu": 0.3}
    cpu = {"cpu_ms_step": 0.2, "main_ms_step": 0.15, "kernel_ms_step": 0.05}
    counts = {"violations": 0, "api_errors": 0, "bursts": 0, **dict.fromkeys(SPOILT_BURSTS, 0)}
    return {"name": name, "round": number, **usual, **cpu, **counts, "others": 0.0, "limit": "", **figures}


def test_ratios_are_taken_within_a_round() -> None:
    """A machine that is slower for a whole round changes no ratio."""
    cells = [
        make_cell(name, number, cpu_ms_step=cost * slowness)
        for number, slowness in enumerate((1, 5, 9))
        for name, cost in (("waymark", 0.1), ("telegraf", 0.2))
    ]
    assert Results(cells).ratio("closed", 50, "cpu_ms_step", "waymark", "telegraf") == pytest.approx(0.5)


def test_too_few_steps_give_no_ratio() -> None:
    results = Results([make_cell("waymark"), make_cell("telegraf", cpu_ms_step=None)])
    assert results.ratio("closed", 50, "p99", "waymark", "telegraf") is None


def test_the_report_has_all_that_is_promised() -> None:
    """Steps, percentiles, CPU and where it is used, memory, violations, and ours divided by each peer's."""
    report = write_report(Results([make_cell("waymark"), make_cell("telegraf", steps_s=500.0, rss_mb=50.0, violations=3)]), MACHINE)
    lines = {
        line.split("|")[1].strip(): [word.strip() for word in line.split("|")[2:-1]] for line in report.splitlines() if "|" in line
    }
    assert lines["waymark"] == ["1000", "5.0", "10.0", "0.200", "0.150", "0.050", "100", "0", "0.30", "0.00", "1"]
    assert lines["telegraf"][7] == "3"
    assert lines["waymark: steps/s / theirs"] == ["2.00"]
    assert lines["waymark: p99 / theirs"] == ["1.00"]
    assert lines["waymark: memory / theirs"] == ["2.00"]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"limit": "server"}, "`*` the load server's core was what limited"),
        ({"limit": "database"}, "`†` the MongoDB server"),
        ({"limit": "others"}, "`‡` what other programs left of the load server's core"),
        ({"others": 0.5}, "Other programs used the two cores in 1 of 1 cells"),
    ],
)
def test_the_report_says_what_spoilt_a_figure(figures: dict[str, Any], words: str) -> None:
    assert words in write_report(Results([make_cell("waymark", **figures)]), MACHINE)
    assert words not in write_report(Results([make_cell("waymark")]), MACHINE)


@pytest.mark.parametrize("fault", ["violations", *SPOILT_BURSTS])
def test_a_fault_of_ours_is_none_of_the_peers(fault: str) -> None:
    cells = [make_cell("waymark_motor", **{fault: 2}), make_cell("telegraf", **{fault: 7})]
    assert count_faults(cells, "waymark") == 2


def test_the_picture(tmp_path: Path) -> None:
    """Bars to scale; what could not be told has none."""
    unknown = make_cell("waymark_motor", cpu_ms_step=None)
    draw(Results([make_cell("waymark", steps_s=500.0), unknown]), tmp_path / "picture.png")
    picture = Image.open(tmp_path / "picture.png").convert("RGB")

    def is_ours(x: int, row: int) -> bool:
        return picture.getpixel((x, HEAD + row * (BAR + GAP) + BAR // 2)) == ImageColor.getrgb(OURS)

    assert [is_ours(LEFT + 160, row) for row in (0, 1)] == [True, True]
    assert [is_ours(LEFT + 320, row) for row in (0, 1)] == [False, True]  # half as long
    cpu = LEFT + 420
    assert [is_ours(cpu + 100, row) for row in (0, 1)] == [True, False]
