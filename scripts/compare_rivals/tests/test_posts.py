"""The same posts for all, in every form."""

import gzip
import json
from pathlib import Path

import pytest
from compare_rivals import posts


def texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_halves_make_the_whole(tmp_path: Path) -> None:
    input_ = posts.write(tmp_path, posts.made_up_stream(7))
    halves = [text for part in range(2) for text in texts(input_.jsonl(part, 2))]
    assert halves == texts(input_.jsonl()) and len(halves) == input_.count == 7
    assert texts(input_.one().jsonl()) == texts(input_.one().jsonl(1, 2)) == halves[:1]


def test_prepared_text_has_a_line_for_every_post(tmp_path: Path) -> None:
    stream = [{"text": "My DOG\ndied.\u2028Today"}, {"text": ""}, {"text": " \t"}]
    input_ = posts.write(tmp_path, stream)
    assert input_.prepared().read_bytes().decode().split("\n") == ["my dog died . today", ".", ".", ""]


def test_a_stream_repeats_with_ids_of_its_own() -> None:
    stream = [{"id": "x", "text": "one"}, {"text": "two"}]
    assert [(r["id"], r["text"]) for r in posts.repeated(stream, 3)] == [("0", "one"), ("1", "two"), ("2", "one")]


def test_slow_contestants_read_the_first_of_the_same_posts(tmp_path: Path) -> None:
    inputs = posts.shares(posts.made_up_stream(50), 20_000, tmp_path)
    assert {share: input_.count for share, input_ in inputs.items()} == {1: 20_000, 10: 2_000, 100: 1_000}
    assert texts(inputs[100].jsonl()) == texts(inputs[1].jsonl())[:1_000]


def test_a_line_that_is_no_post_is_told_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "fine"}\n\n{"text": 1}\n'))
    with pytest.raises(ValueError, match=r"stream.jsonl.gz:3: no object with a text"):
        posts.read_stream(path)
    path.write_bytes(gzip.compress(b"{"))
    with pytest.raises(ValueError, match=r"stream.jsonl.gz:1: no JSON"):
        posts.read_stream(path)


def test_made_up_posts_teach_every_column() -> None:
    truth = posts.made_up_split(500).truth
    assert truth.shape == (500, 8)
    assert ((truth.sum(axis=0) > 0) & (truth.sum(axis=0) < 500)).all()
