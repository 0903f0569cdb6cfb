"""Python runs our model files in the batches that Hearken makes."""

import numpy as np
from compare_rivals.rivals.python_onnx import batches, padded


def lengths_of(lengths: list[int], rows: int, ids: int) -> list[list[int]]:
    return [batch.tolist() for batch in batches(np.array(lengths), rows, ids)]


def test_batches_are_those_of_the_engine() -> None:
    # The cases of `a_batch_is_as_full_as_the_limits_allow` in crates/hearken.
    assert lengths_of([2, 2, 2, 2], 3, 100) == [[0, 1, 2], [3]]
    assert lengths_of([2, 2, 2, 2], 100, 6) == [[0, 1, 2], [3]]
    assert lengths_of([9, 1, 1], 100, 6) == [[1, 2], [0]]
    assert lengths_of([0, 0], 100, 6) == [[0, 1]]


def test_short_rows_are_filled_up() -> None:
    assert padded([[5], [], [6, 7]], np.array([1, 0, 2])).tolist() == [[5, 0], [0, 0], [6, 7]]
    assert padded([[]], np.array([0])).tolist() == [[0]]
