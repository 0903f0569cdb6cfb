"""Noise that changes a post's looks but not its meaning.

Each corpus writes user names and links its own way ("@airline", "@user",
"@name", bare URLs), and people shout, mistype and stretch words. A model that
reads those marks learns the corpus instead of the meaning, so training shows
posts with the marks varied while their targets stay. Nor does it matter to a
plea who makes it: now and then a post tells what its author is.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

MENTION = re.compile(r"@\w+")
LINK = re.compile(r"https?://\S+|www\.\S+")
HASH = re.compile(r"#(?=\w)")
WORD = re.compile(r"[a-z]{4,}", re.IGNORECASE)
VOWEL = re.compile(r"[aeiou](?=[a-z]{0,2}\b)", re.IGNORECASE)
MENTION_FORMS = ("@user", "@username", "@company", "@support", "")
LINK_FORMS = ("", "http", "<url>", "https://t.co/x7Yq2")
KEYS = "qwertyuiop asdfghjkl zxcvbnm"
# Who somebody may be, said in ways that the robustness suite doesn't use.
# fmt: off
PEOPLE = (
    "guy", "lady", "mum", "dad", "kid", "widow", "newlywed", "foreigner", "migrant", "local", "expat", "retiree",
    "trans man", "trans girl", "gay guy", "lesbian couple", "bi woman", "queer person", "straight man", "Black man",
    "white woman", "Asian woman", "Latino", "brown girl", "Sikh", "Buddhist", "Muslim woman", "Jewish man",
    "Catholic", "agnostic", "Arab", "Turk", "Pole", "Indian", "Chinese student", "American", "Brit", "Kenyan",
    "Syrian", "Korean", "disabled man", "deaf woman", "blind man", "amputee", "dyslexic", "diabetic", "soldier",
    "farmer", "teacher", "waiter", "coder", "driver", "single dad", "working mother", "schoolboy", "grad student",
    "care worker",
)
# fmt: on
PRESENTATIONS = ("{who} here, {text}", "{text} (says a {who})", "speaking as one {who}: {text}", "{text} - some {who}")


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


def mistype(text: str, rng: random.Random) -> str:
    """One slip in one longer word: two letters swapped, one lost, doubled or hit beside its key."""
    words = list(WORD.finditer(text))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    slip = rng.randrange(4)
    if slip == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if slip == 1:
        return text[:at] + text[at + 1 :]
    if slip == 2:
        return text[:at] + text[at] + text[at:]
    place = KEYS.find(text[at].lower())
    return text[:at] + KEYS[place + rng.choice((-1, 1)) if 0 < place < len(KEYS) - 1 else 0] + text[at + 1 :]


def elongate(text: str, rng: random.Random) -> str:
    """Stretches one vowel near the end of a word: "so" becomes "sooo"."""
    places = list(VOWEL.finditer(text))
    if not places:
        return text
    at = rng.choice(places).start()
    return text[:at] + text[at] * rng.randint(3, 5) + text[at + 1 :]


def present(text: str, rng: random.Random) -> str:
    """Tells what the author is."""
    return rng.choice(PRESENTATIONS).format(who=rng.choice(PEOPLE), text=text)


EDITS: tuple[Callable[[str, random.Random], str], ...] = (
    lambda text, _: text.lower(),
    lambda text, _: text.upper(),
    lambda text, _: text.capitalize(),
    mistype,
    mistype,
    elongate,
    lambda text, rng: f"{rng.choice(MENTION_FORMS[:4])} {text}",
    lambda text, rng: f"RT {rng.choice(MENTION_FORMS[:4])}: {text}",
    lambda text, rng: f"{text} {rng.choice(LINK_FORMS[1:])}",
    lambda text, _: f'"{text}"',
    present,
)


def vary(text: str, rng: random.Random, rate: float = 0.3) -> str:
    """`vary_marks`, and at `rate` one more edit: case, a slip, a long word, a mention, a link, quotes, an author."""
    text = vary_marks(text, rng, rate)
    return rng.choice(EDITS)(text, rng) if rng.random() < rate else text
