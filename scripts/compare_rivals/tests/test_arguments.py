"""What may be typed."""

from pathlib import Path

import pytest
from compare_rivals.arguments import KINDS, parse


def test_contestants_can_be_chosen() -> None:
    assert parse(["--only", "hearken,vader"]).kinds == ("hearken", "vader")
    assert "model2vec" not in parse(["--without", "model2vec"]).kinds
    assert parse([]).kinds == KINDS


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--only", "fastext"], "'fastext' is none of hearken, fasttext"),
        (["--without", ",".join(KINDS)], "no contestant is left"),
        (["--posts", "0"], "'0' is no whole number from 1 on"),
        (["--rounds", "many"], "'many' is no whole number"),
        (["--data", "/nowhere"], "/nowhere does not exist"),
    ],
)
def test_mistakes_are_told(words: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


def test_a_folder_that_holds_no_annotated_posts_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--data", str(tmp_path)])
    assert "holds no annotated/train.jsonl.gz" in capsys.readouterr().err
