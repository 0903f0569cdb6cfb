"""Noise that changes a post's source but not its meaning.

Each corpus writes user names and links its own way ("@airline", "@user",
"@name", bare URLs). A model that reads those marks learns the corpus instead
of the meaning, so training shows every post with the marks varied.
"""

from __future__ import annotations

import random
import re

MENTION = re.compile(r"@\w+")
LINK = re.compile(r"https?://\S+|www\.\S+")
HASH = re.compile(r"#(?=\w)")
MENTION_FORMS = ("@user", "@username", "@company", "@support", "")
LINK_FORMS = ("", "http", "<url>")


def vary_marks(text: str, rng: random.Random, rate: float = 0.3) -> str:
    """Rewrites mentions, links, hash signs and final punctuation at `rate` each."""
    if rng.random() < rate:
        text = MENTION.sub(lambda _: rng.choice(MENTION_FORMS), text)
    if rng.random() < rate:
        text = LINK.sub(rng.choice(LINK_FORMS), text)
    if rng.random() < rate / 2:
        text = HASH.sub("", text)
    if rng.random() < rate / 3:
        text = text.rstrip(".!? ")
    return text if text.strip() else "."
