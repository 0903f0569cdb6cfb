"""The ONNX graph of the static model: two gathers, sums and maxima, two matrix products.

Tables are stored as int8 with one scale per column, and the scales are folded
into the first linear layer, so nothing has to multiply them back at run time.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto

from .graph import GraphBuilder, quantise
from .static_model import HASH_LEFT, HASH_RIGHT, FastModel


def add_bigram_ids(graph: GraphBuilder, ids: str, buckets: int) -> str:
    """Integer nodes of `model.bigram_ids` over ids that already end in a padding column."""
    axis = graph.constant("axis_1", np.array([1]))
    first = graph.constant("first", np.array([0]))
    second = graph.constant("second", np.array([1]))
    last = graph.constant("last", np.array([-1]))
    end = graph.constant("end", np.array([np.iinfo(np.int64).max]))
    left = graph.node("Slice", [ids, first, last, axis], "left")
    right = graph.node("Slice", [ids, second, end, axis], "right")
    left = graph.node("Mul", [left, graph.constant("hash_left", np.array(HASH_LEFT))], "left_hash")
    scaled = graph.node("Mul", [right, graph.constant("hash_right", np.array(HASH_RIGHT))], "right_hash")
    mixed = graph.node("Add", [left, scaled], "pair_hash")
    bucket = graph.node("Mod", [mixed, graph.constant("buckets", np.array(buckets))], "bucket")
    bucket = graph.node("Add", [bucket, graph.constant("one", np.array(1))], "bucket_from_1")
    present = graph.node("Cast", [graph.node("Cast", [right], "right_set", to=TensorProto.BOOL)], "pair_set", to=7)
    return graph.node("Mul", [bucket, present], "bigram_ids")


def add_pool(graph: GraphBuilder, name: str, ids: str, table: np.ndarray, count: str) -> list[str]:
    """Gathers int8 rows and pools them to mean and floored maximum."""
    table_name = graph.constant(f"{name}_table", table)
    rows = graph.node("Gather", [table_name, ids], f"{name}_int8", axis=0)
    rows = graph.node("Cast", [rows], f"{name}_rows", to=TensorProto.FLOAT)
    total = graph.node("ReduceSum", [rows, "axis_1"], f"{name}_sum", keepdims=0)
    mean = graph.node("Div", [total, count], f"{name}_mean")
    peak = graph.node("ReduceMax", [rows, "axis_1"], f"{name}_peak", keepdims=0)
    return [mean, graph.node("Relu", [peak], f"{name}_max")]


def static_graph(model: FastModel) -> onnx.ModelProto:
    """The whole model: `input_ids` int64 `[batch, length]` to `logits` float32 `[batch, 8]`."""
    state = {k: v.detach().float().numpy() for k, v in model.state_dict().items()}
    tokens, token_scale = quantise(state["tokens.weight"])
    bigrams, bigram_scale = quantise(state["bigrams.weight"])
    # A positive scale commutes with sum and maximum, so it can move into the weights.
    scales = np.concatenate([token_scale[0], token_scale[0], bigram_scale[0], bigram_scale[0]])

    graph = GraphBuilder()
    pads = graph.constant("pads", np.array([0, 0, 0, 1]))
    ids = graph.node("Pad", ["input_ids", pads], "ids")
    pairs = add_bigram_ids(graph, ids, model.shape.buckets)
    present = graph.node("Cast", [ids], "id_set", to=TensorProto.BOOL)
    present = graph.node("Cast", [present], "id_one", to=TensorProto.FLOAT)
    count = graph.node("ReduceSum", [present, "axis_1"], "id_count", keepdims=1)
    count = graph.node("Max", [count, graph.constant("at_least_1", np.array(1.0, np.float32))], "count")

    pooled = add_pool(graph, "token", ids, tokens, count) + add_pool(graph, "bigram", pairs, bigrams, count)
    features = graph.node("Concat", pooled, "features", axis=1)
    weight = graph.constant("hidden_weight", (state["hidden.weight"] * scales).T)
    hidden = graph.node("Gemm", [features, weight, graph.constant("hidden_bias", state["hidden.bias"])], "hidden")
    hidden = graph.node("Relu", [hidden], "hidden_relu")
    weight = graph.constant("output_weight", state["output.weight"].T)
    deep = graph.node("Gemm", [hidden, weight, graph.constant("output_bias", state["output.bias"])], "deep")
    weight = graph.constant("output_skip_weight", (state["output_skip.weight"] * scales).T)
    graph.node("Gemm", [features, weight, deep], "logits")

    return graph.model("hearken_fast")
