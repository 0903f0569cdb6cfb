"""No result may be missing, no time may be made up."""

import sys
from pathlib import Path

import pytest
from compare_rivals import posts
from compare_rivals.__main__ import alone
from compare_rivals.command import Command, Time, measure, without_start
from compare_rivals.posts import Posts
from compare_rivals.rival import RivalError, check_complete, count_lines
from fakes import Fake


def python(code: str, stdin: Path, stdout: Path) -> Command:
    return Command((sys.executable, "-c", code), stdin, stdout)


def test_a_missing_result_stops_the_comparison() -> None:
    input_ = Posts(Path("none"), 3)
    check_complete(Fake("whole"), Fake("whole").process(input_, Path()), input_)
    short = Fake("short", lost=1)
    with pytest.raises(RivalError, match="short wrote 2 results for 3 posts"):
        check_complete(short, short.process(input_, Path()), input_)


def test_results_of_programs_side_by_side_are_counted(tmp_path: Path) -> None:
    input_ = posts.write(tmp_path, posts.made_up_stream(5))
    copy = "import sys; sys.stdout.write(sys.stdin.read())"
    commands = [python(copy, input_.jsonl(part, 2), tmp_path / f"out-{part}.txt") for part in range(2)]
    time = measure(commands)
    assert time.wall > 0 and time.cpu > 0
    assert [count_lines(command.stdout) for command in commands] == [2, 3]


def test_a_program_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    input_ = posts.write(tmp_path, posts.made_up_stream(1))
    with pytest.raises(RivalError, match="status 3 and said: no model here"):
        measure(
            [python("import sys; print('no model here', file=sys.stderr); sys.exit(3)", input_.jsonl(), tmp_path / "o")]
        )


def test_the_start_is_taken_off_and_never_all() -> None:
    assert without_start(Time(5.0, 7.0), Time(1.0, 2.0)) == Time(4.0, 5.0)
    assert without_start(Time(1.0, 1.0), Time(1.5, 2.0)) == Time(0.0, 0.0)


def test_two_comparisons_never_run_at_once(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(RivalError, match="another comparison is running"):
        alone(tmp_path)
    alone(tmp_path).close()
