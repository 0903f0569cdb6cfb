"""Order, medians and ratios."""

from compare_rivals.rounds import Spread, interleaved, ratio, rotated


def test_everyone_runs_once_in_each_round_and_the_beginning_turns() -> None:
    ran = list(interleaved(["a", "b", "c", "d"], 2, str.upper))
    assert [(round_, item) for round_, item, _ in ran] == [
        *((0, x) for x in "abcd"),
        *((1, x) for x in "cdab"),
    ]
    assert [gave for _, _, gave in ran][:2] == ["A", "B"]


def test_beginnings_lie_evenly_over_the_list() -> None:
    items = list(range(15))
    firsts = [rotated(items, round_, 5)[0] for round_ in range(5)]
    assert firsts == [0, 3, 6, 9, 12]
    assert all(sorted(rotated(items, round_, 5)) == items for round_ in range(5))
    assert [rotated([1], round_, 3) for round_ in range(3)] == [[1]] * 3


def test_a_ratio_is_the_median_of_the_rounds_not_the_ratio_of_medians() -> None:
    # Everything was slow in the second round: the ratio of the medians would be 3.
    assert ratio([300.0, 20.0, 400.0], [100.0, 10.0, 200.0]) == Spread(2.0, 2.0, 3.0)


def test_a_spread_holds_the_ends() -> None:
    assert Spread.of([3.0, 1.0, 2.0, 10.0]) == Spread(2.5, 1.0, 10.0)
