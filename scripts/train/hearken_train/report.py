"""Markdown tables of figures, and their place in the model card.

The card's figures stand between two markers and are only ever written from
here, so they always belong to the committed weights.
"""

from __future__ import annotations

import math
from pathlib import Path

from .evaluate import TOP_SHARES, Figures
from .labels import LABELS
from .manifest import write_text

BEGIN, END = "<!-- figures: written by scripts/train/run -->", "<!-- end of figures -->"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def side_by_side(ours: Figures, rival: Figures) -> str:
    """AP and F1 per label, ours against fastText, with the macro averages last."""
    rows = []
    for name in LABELS:
        a, b = ours.labels[name], rival.labels[name]
        rows.append([name, *(f"{x:.3f}" for x in (a.average_precision, b.average_precision, a.f1, b.f1))])
    means = [x.mean(field) for field in ("average_precision", "f1") for x in (ours, rival)]
    rows.append(["**macro**", *(f"**{x:.3f}**" for x in means)])
    return table(["label", "fast AP", "fastText AP", "fast F1", "fastText F1"], rows)


def label_table(figures: Figures) -> str:
    """Every figure per label."""
    fields = ("precision", "recall", "f1", "average_precision", "brier", "calibration_error")
    rows = [
        [name, str(f.positives), *(f"{getattr(f, field):.3f}" for field in fields)]
        for name, f in figures.labels.items()
    ]
    rows.append(["**macro**", "", *(f"{figures.mean(field):.3f}" for field in fields)])
    return table(["label", "positives", "precision", "recall", "F1", "AP", "Brier", "ECE"], rows)


def urgency_table(named: dict[str, Figures]) -> str:
    """Share of urgency-3 posts among the top of the ranking, and rank correlation."""
    header = ["ranked by", *(f"in the top {share:.0%}" for share in TOP_SHARES), "Spearman"]
    rows = []
    for name, f in named.items():
        for ranking, found in (("expected urgency", f.urgent_found), ("P(urgency = 3)", f.urgent_found_by_top)):
            correlation = f"{f.urgency_spearman:.3f}" if ranking == "expected urgency" else ""
            rows.append([f"{name}, {ranking}", *(f"{found[share]:.0%}" for share in TOP_SHARES), correlation])
    return table(header, rows)


def source_table(sources: dict[str, tuple[int, list[float]]]) -> str:
    """AP per source and label; `–` where there are too few positives."""
    rows = [
        [name, str(count), *("–" if math.isnan(x) else f"{x:.2f}" for x in values)]
        for name, (count, values) in sources.items()
    ]
    return table(["source", "posts", *LABELS], rows)


def write_into_card(card: Path, figures: str) -> None:
    """Replaces what stands between the markers of the card."""
    text = card.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    write_text(card, f"{before}{BEGIN}\n\n{figures.strip()}\n\n{END}{after}")
