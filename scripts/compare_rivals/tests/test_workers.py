"""Rivals in Python, in processes of their own."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from compare_rivals import posts, trained
from compare_rivals.python_rival import InPython
from compare_rivals.rival import RivalError, check_complete
from compare_rivals.rivals import vader


def module(name: str) -> ModuleType:
    return ModuleType(name)


def test_two_processes_write_a_result_for_every_post(tmp_path: Path) -> None:
    input_ = posts.write(
        tmp_path / "in", [{"text": "I am so sad and angry"}, {"text": "lovely, thank you"}, {"text": ""}]
    )
    rival = InPython("VADER", "vader", vader, tmp_path, 1, processes=2)
    run = rival.process(input_, tmp_path)
    check_complete(rival, run, input_)
    scores = rival.scores(run.files)
    sad, glad, empty = scores.urgency
    assert sad > empty > glad and run.seconds > 0
    assert np.array_equal(scores.labels[:, 0], scores.urgency)


def test_a_process_that_ends_early_is_told_with_its_reason(tmp_path: Path) -> None:
    input_ = posts.write(tmp_path / "in", posts.made_up_stream(2))
    rival = InPython("it", "vader", module("compare_rivals.rivals.nobody"), tmp_path, 1, processes=2)
    with pytest.raises(RivalError, match=r"it ended early and said: .*nobody"):
        rival.process(input_, tmp_path)


def test_what_was_trained_is_kept_until_data_or_settings_change(tmp_path: Path) -> None:
    made: list[int] = []
    folder, train, other = tmp_path / "t", posts.made_up_split(3), posts.made_up_split(4)
    for split, settings, wanted in ((train, 1, 1), (train, 1, 1), (train, 2, 2), (other, 2, 3)):
        trained.keep(folder, split, settings, lambda _: made.append(1))
        assert len(made) == wanted

    def broken(_: Path) -> None:
        raise RivalError("no room")

    with pytest.raises(RivalError):
        trained.keep(folder, train, 3, broken)
    trained.keep(folder, train, 3, lambda _: made.append(1))
    assert len(made) == 4, "what was broken off is made again"
