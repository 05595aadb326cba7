"""The run as a picture: steps a second and CPU per step, one pair of bars a contestant."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from results import Results

LEFT, BAR, GAP, WIDE, HEAD = 190, 16, 8, 330, 54  # pixels
OURS, PEERS, WORDS, GROUND = "#0f766e", "#94a3b8", "#1e293b", "#ffffff"
PANELS = (("steps_s", "steps per second", 0), ("cpu_ms", "CPU ms per step", 3))


def draw(results: Results, path: Path) -> None:
    """Bars for every load but the bursts, each panel to its own scale."""
    groups = [(key, names) for key, names in results.groups.items() if key[0] != "burst"]
    height = sum(HEAD + len(names) * (BAR + GAP) for _, names in groups) + GAP
    image = Image.new("RGB", (LEFT + len(PANELS) * (WIDE + 90), max(height, HEAD)), GROUND)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=13)
    top = 0
    for (scenario, people), names in groups:
        pen.text((12, top + 12), f"{scenario}, {people} people", fill=WORDS, font=ImageFont.load_default(size=15))
        _draw_group(pen, font, results, (scenario, people), names, top)
        top += HEAD + len(names) * (BAR + GAP)
    image.save(path)


def _draw_group(
    pen: ImageDraw.ImageDraw, font: ImageFont.ImageFont, results: Results, load: tuple[str, int], names: list[str], top: int
) -> None:
    for panel, (key, title, places) in enumerate(PANELS):
        left = LEFT + panel * (WIDE + 90)
        pen.text((left, top + 32), title, fill=WORDS, font=font)
        values = [getattr(results.find(*load, name), key) for name in names]
        longest = max((value for value in values if value), default=1.0)
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            y = top + HEAD + place * (BAR + GAP)
            if not panel:
                pen.text((12, y), name, fill=WORDS, font=font)
            end = left + max(2, round(WIDE * (value or 0.0) / longest))
            pen.rectangle((left, y, end, y + BAR), fill=OURS if name.startswith("waymark") else PEERS)
            words = "too few steps to tell" if value is None else f"{value:,.{places}f}"
            pen.text((end + 6, y), words, fill=WORDS, font=font)
