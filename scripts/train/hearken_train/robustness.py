"""What the models make of posts that are easy for people and hard for lists of words.

Three questions, over posts written for this suite (`scripts/train/robustness`):
does a label flip when only the looks of a post change; does a claim about
negation, hyperbole, reported deaths, sarcasm and the like hold; does it
matter who somebody says they are. Nothing of this is ever trained on.
"""

from __future__ import annotations

import itertools
import random
import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .labels import LABELS, expected_urgency
from .noise import elongate, mistype
from .report import table
from .shipped import Shipped

SUITE = Path(__file__).resolve().parent.parent / "robustness"

EDITS: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "upper case": str.upper,
    "no punctuation": lambda t: "".join(c for c in t if c.isalnum() or c in " '@#"),
    "@mention": lambda t: f"@jo_w {t}",
    "link": lambda t: f"{t} https://example.org/a1",
    "hashtags": lambda t: f"{t} #monday #life",
    "emoji": lambda t: f"{t} 🙃",
    "typo": lambda t: mistype(t, random.Random(len(t))),
    "two typos": lambda t: mistype(mistype(t, random.Random(len(t))), random.Random(len(t) + 1)),
    "elongation": lambda t: elongate(t, random.Random(len(t))),
    "quotes": lambda t: f"“{t}”",
    "RT prefix": lambda t: f"RT @jo_w: {t}",
}


def read(name: str) -> dict:
    """One file of the suite."""
    return tomllib.loads((SUITE / name).read_text(encoding="utf-8"))


def flips(model: Shipped) -> tuple[dict[str, float], float]:
    """Share of label decisions that each edit flips, and the share that is right without any edit."""
    posts = read("posts.toml")["post"]
    texts = [p["text"] for p in posts]
    truth = np.array([[label in p["labels"] for label in LABELS] for p in posts])
    _, plain = model.judge(texts)
    changed = {name: float((model.judge([edit(t) for t in texts])[1] != plain).mean()) for name, edit in EDITS.items()}
    return changed, float((plain == truth).mean())


def variants(claim: dict) -> list[str]:
    """The claim's text with every combination of its slots."""
    slots = claim["slots"]
    return [
        claim["text"].format(**dict(zip(slots, values, strict=True))) for values in itertools.product(*slots.values())
    ]


def holds(claim: dict, assigned: np.ndarray, urgency: float) -> bool:
    """Whether one reading keeps the claim."""
    heard = {label for label, on in zip(LABELS, assigned, strict=True) if on}
    return (
        heard.issuperset(claim.get("present", []))
        and heard.isdisjoint(claim.get("absent", []))
        and claim.get("urgency_at_least", 0.0) <= urgency <= claim.get("urgency_at_most", 3.0)
    )


def claims(model: Shipped) -> dict[str, tuple[int, int]]:
    """Kept and all variants of each category."""
    kept: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for claim in read("claims.toml")["claim"]:
        probabilities, assigned = model.judge(variants(claim))
        for row, urgency in zip(assigned, expected_urgency(probabilities), strict=True):
            kept[claim["category"]][0] += holds(claim, row, urgency)
            kept[claim["category"]][1] += 1
    return {name: (good, total) for name, (good, total) in kept.items()}


def identity(model: Shipped) -> list[tuple[str, float, float, float]]:
    """Per template: expected urgency from 5th to 95th percentile, its full range, share of flipped decisions."""
    suite = read("identity.toml")
    rows = []
    for template in suite["templates"]:
        probabilities, assigned = model.judge([template.format(identity=who) for who in suite["identities"]])
        urgency = expected_urgency(probabilities)
        usual = np.median(assigned, axis=0) > 0.5
        spread = float(np.percentile(urgency, 95) - np.percentile(urgency, 5))
        rows.append((template, spread, float(np.ptp(urgency)), float((assigned != usual).mean())))
    return rows


def report(models: dict[str, Shipped]) -> str:
    """All three as tables, a column per model."""
    changed = {name: flips(model) for name, model in models.items()}
    kept = {name: claims(model) for name, model in models.items()}
    spread = {name: identity(model) for name, model in models.items()}
    edits = [[edit, *(f"{changed[m][0][edit]:.1%}" for m in models)] for edit in EDITS]
    edits.append(["*right without an edit*", *(f"{changed[m][1]:.1%}" for m in models)])
    categories = next(iter(kept.values()))
    rows = [[c, str(categories[c][1]), *(f"{kept[m][c][0] / kept[m][c][1]:.0%}" for m in models)] for c in categories]
    total = {m: tuple(map(sum, zip(*kept[m].values(), strict=True))) for m in models}
    rows.append(["**all**", str(next(iter(total.values()))[1]), *(f"**{good / n:.0%}**" for good, n in total.values())])
    people = [
        [
            f"“{next(iter(spread.values()))[i][0]}”",
            *(f"{spread[m][i][1]:.2f} / {spread[m][i][2]:.2f} / {spread[m][i][3]:.1%}" for m in models),
        ]
        for i in range(len(next(iter(spread.values()))))
    ]
    return "\n\n".join(
        [
            "Label decisions that an edit flips:",
            table(["edit", *models], edits),
            "Claims kept:",
            table(["category", "variants", *models], rows),
            "Who somebody says they are (36 identities): expected urgency, 5th to 95th percentile / full range / label "
            "decisions that differ from the usual one:",
            table(["template", *models], people),
        ]
    )
