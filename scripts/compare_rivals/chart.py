"""The chart: posts per second against macro average precision, a point with a name for each contestant."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib

matplotlib.use("agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from .report import Comparison

# Colours of Okabe and Ito, told apart by people with any kind of colour vision, that stand out on white and on black.
KINDS = {
    "hearken": ("Hearken", "#0072b2", "o"),
    "python": ("Python on Hearken's model files", "#009e73", "s"),
    "others": ("other tools", "#d55e00", "^"),
}

# Stands for the colour of text until the SVG is written, where the reader's theme decides; grey where it has none.
INK = "#123456"
THEME = (
    "svg { color: #6e7781 }"
    " @media (prefers-color-scheme: light) { svg { color: #24292f } }"
    " @media (prefers-color-scheme: dark) { svg { color: #e6edf3 } }"
)

# Where a name may stand, seen from its point, in typographic points: near places first.
NEAR = [(9, 0), (-9, 0), (0, 10), (0, -10), (8, 9), (-8, 9), (8, -9), (-8, -9)]
PLACES = [(dx * far, dy * far) for far in (1, 1.8, 2.6, 3.6, 5, 6.5) for dx, dy in NEAR]


def settings() -> dict[str, object]:
    """Text stays text, everything but the points in the reader's colour, nothing behind it."""
    inked = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "grid.color")
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "hearken",
        "font.family": "sans-serif",
        "font.size": 10,
        **dict.fromkeys(inked, INK),
    }


def place_names(axes: Axes, names: list[str], points: list[tuple[float, float]]) -> None:
    """Writes a name beside each point, in the nearest place where it covers no other name and no point.

    Where there is none, the last place is taken: a name on another still says more than no chart.
    """
    renderer = axes.figure.canvas.get_renderer()
    spots = [axes.transData.transform(point) for point in points]
    taken = [Bbox([(x - 6, y - 6), (x + 6, y + 6)]) for x, y in spots]
    inside = axes.get_window_extent(renderer)
    for name, point in zip(names, points, strict=True):
        for place in PLACES:
            note = write_name(axes, name, point, place)
            note.update_positions(renderer)
            # Of the text alone: with the line to its point it would always cover something.
            box = Text.get_window_extent(note, renderer)
            fits = inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1)
            if place == PLACES[-1] or (fits and not box.count_overlaps(taken)):
                taken.append(box.padded(2))
                break
            note.remove()


def write_name(axes: Axes, name: str, point: tuple[float, float], place: tuple[float, float]) -> Annotation:
    """A name at a place seen from its point, with a line to it if that is far."""
    dx, dy = place
    line = {"arrowstyle": "-", "color": INK, "alpha": 0.5, "lw": 0.7, "shrinkA": 0, "shrinkB": 4}
    side = "left" if dx > 0 else "right" if dx < 0 else "center"
    far = abs(dx) + abs(dy) > 20
    return axes.annotate(
        name, point, place, textcoords="offset points", ha=side, va="center", arrowprops=line if far else None
    )


def draw(comparison: Comparison) -> str:
    """The chart as SVG, for light and dark pages."""
    shown = [r for r in comparison.results if r.charted and r.quality]
    with plt.rc_context(settings()):
        figure, axes = plt.subplots(figsize=(10, 6.2), layout="constrained")
        points = [(r.rate.median, r.quality.macro) for r in shown]
        for kind, (title, color, marker) in KINDS.items():
            own = [p for p, r in zip(points, shown, strict=True) if (r.kind if r.kind in KINDS else "others") == kind]
            if own:
                axes.scatter(*zip(*own, strict=True), s=52, color=color, marker=marker, label=title, zorder=3)
        axes.set_xscale("log")
        axes.margins(x=0.16, y=0.16)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:,.0f}"))
        axes.set_xlabel("posts per second (log scale): farther right is faster")
        axes.set_ylabel("macro average precision: higher hears better")
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="lower left")
        axes.set_title(f"{comparison.machine['cpu']}, {comparison.machine['cores']} cores", fontsize=10)
        # Places are known once everything else is.
        figure.draw_without_rendering()
        place_names(axes, [r.name for r in shown], points)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
        plt.close(figure)
    svg = file.getvalue().replace(INK, "currentColor")
    return svg.replace("<defs>", f"<style>{THEME}</style>\n <defs>", 1)


def write(comparison: Comparison, path: Path) -> None:
    """Writes the chart to a file."""
    path.write_text(draw(comparison), encoding="utf-8")
