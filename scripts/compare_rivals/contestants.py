"""Who takes part. The only list of contestants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .arguments import PROJECT
from .python_rival import InPython
from .rival import Rival
from .rivals import model2vec, python_onnx, scikit_learn, vader
from .rivals.fasttext import FastText
from .rivals.hearken import Hearken

# Others are compared with this one.
BASELINE = "fastText"
# Pairs whose ratio is told by name: the same work on the same model files and cores.
SAME_WORK = tuple(
    (f"Hearken {model}, {n} worker{'s' * (n > 1)}", f"Python {model}, {n} process{'es' * (n > 1)}")
    for model in ("fast", "accurate")
    for n in (1, 2)
)


def contestants(hearken: Path, trained: Path) -> Iterator[Rival]:
    """All of them; what they train goes into folders of `trained`."""
    for model in ("fast", "accurate"):
        for output in ("annotated", "queue"):
            for workers in (1, 2):
                yield Hearken(hearken, model, workers, output)
    for processes in (1, 2):
        yield FastText(trained / "fasttext", processes)
    yield FastText(trained / "fasttext-words", 1, words_alone=True)
    for model, share in (("fast", 10), ("accurate", 100)):
        for processes in (1, 2):
            name = f"Python {model}, {processes} process{'es' if processes > 1 else ''}"
            yield InPython(name, "python", python_onnx, PROJECT / "models" / model, share, processes)
    yield InPython("model2vec", "model2vec", model2vec, trained / "model2vec", 10)
    yield InPython("scikit-learn", "scikit-learn", scikit_learn, trained / "scikit-learn", 10)
    yield InPython("VADER", "vader", vader, trained / "vader", 10)
