"""Markdown tables of figures."""

from __future__ import annotations

import math

from .evaluate import TOP_SHARES, Figures
from .labels import LABELS

HIGH_RECALL = ("recall, high-recall set", "precision, high-recall set")


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def side_by_side(named: dict[str, Figures]) -> str:
    """AP and F1 per label of several models, the macro averages last."""
    header = ["label", *(f"{name} AP" for name in named), *(f"{name} F1" for name in named)]
    fields = [(f, field) for field in ("average_precision", "f1") for f in named.values()]
    rows = [[label, *(f"{getattr(f.labels[label], field):.3f}" for f, field in fields)] for label in LABELS]
    rows.append(["**macro**", *(f"**{f.mean(field):.3f}**" for f, field in fields)])
    return table(header, rows)


def summary_table(named: dict[str, Figures]) -> str:
    """One row per model: what each step of the training brought."""
    header = ["model", "macro AP", "macro F1", "grief AP", "urgency 3 in the top 5 %", "worst ECE"]
    rows = [
        [
            name,
            f"{f.mean('average_precision'):.3f}",
            f"{f.mean('f1'):.3f}",
            f"{f.labels['grief'].average_precision:.3f}",
            f"{f.urgent_found_by_top[0.05]:.0%} / {f.urgent_found[0.05]:.0%}",
            f"{max(x.calibration_error for x in f.labels.values()):.3f}",
        ]
        for name, f in named.items()
    ]
    return table(header, rows)


def label_table(figures: Figures) -> str:
    """Every figure per label."""
    fields = (
        "precision",
        "recall",
        "f1",
        "average_precision",
        "brier",
        "calibration_error",
        "high_recall",
        "high_recall_precision",
    )
    rows = [
        [name, str(f.positives), *(f"{getattr(f, field):.3f}" for field in fields)]
        for name, f in figures.labels.items()
    ]
    rows.append(["**macro**", "", *(f"{figures.mean(field):.3f}" for field in fields)])
    return table(["label", "positives", "precision", "recall", "F1", "AP", "Brier", "ECE", *HIGH_RECALL], rows)


def urgency_table(named: dict[str, Figures]) -> str:
    """Share of urgency-3 posts among the top of the ranking, and rank correlation."""
    header = ["ranked by", *(f"in the top {share:.0%}" for share in TOP_SHARES), "Spearman", "NDCG@50"]
    rows = []
    for name, f in named.items():
        for ranking, found in (("expected urgency", f.urgent_found), ("P(urgency = 3)", f.urgent_found_by_top)):
            by_order = (f"{f.urgency_spearman:.3f}", f"{f.urgency_ndcg:.3f}")
            rest = by_order if ranking == "expected urgency" else ("", "")
            rows.append([f"{name}, {ranking}", *(f"{found[share]:.0%}" for share in TOP_SHARES), *rest])
    return table(header, rows)


def source_table(sources: dict[str, tuple[int, list[float]]]) -> str:
    """AP per source and label; `–` where there are too few positives."""
    rows = [
        [name, str(count), *("–" if math.isnan(x) else f"{x:.2f}" for x in values)]
        for name, (count, values) in sources.items()
    ]
    return table(["source", "posts", *LABELS], rows)
