"""The ONNX graph of a fine-tuned MiniLM, in float32 or in int8.

The int8 graph multiplies in integers: weights are int8 with a scale per
output column, activations uint8 with a scale that was fixed on sample posts.
Scales found anew in each batch would let a post's probability depend on its
neighbours in the batch, and a record could not be scored again to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto

from .encoder import MAX_TOKENS, Classifier
from .graph import ONNX_RUNTIME, GraphBuilder, quantise

# What padding adds to an attention score before the softmax. A row of nothing but padding stays finite.
MASKED = -10_000.0


@dataclass(frozen=True)
class Range:
    """What an activation was seen to span, after clipping."""

    low: float
    high: float

    def scale(self) -> tuple[np.float32, np.uint8]:
        """Step and zero point of the uint8 that spans it."""
        low, high = min(self.low, 0.0), max(self.high, 0.0)
        step = np.float32((high - low) / 255.0)
        return step, np.uint8(np.clip(np.rint(-low / step), 0, 255))


class TransformerGraph:
    """Builds the graph of one classifier. With `ranges` (by name of the activation) it multiplies in int8."""

    def __init__(self, model: Classifier, ranges: dict[str, Range] | None) -> None:
        self.state = {k: v.detach().float().numpy() for k, v in model.state_dict().items()}
        config = model.encoder.config
        self.heads, self.layers, self.width = config.num_attention_heads, config.num_hidden_layers, config.hidden_size
        self.epsilon = config.layer_norm_eps
        self.ranges = ranges
        self.graph = GraphBuilder()
        # The inputs of the quantised products, in order: what ranges are wanted of.
        self.activations: list[str] = []

    def weight(self, name: str) -> np.ndarray:
        """A linear layer's weight as `[in, out]`."""
        return self.state[f"encoder.{name}.weight"].T

    def linear(self, name: str, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """`x @ weight + bias`."""
        self.activations.append(x)
        if self.ranges is not None:
            return self.integer_product(name, x, weight, bias)
        product = self.graph.node("MatMul", [x, self.graph.constant(f"{name}_weight", weight)], f"{name}_product")
        return self.graph.node("Add", [product, self.graph.constant(f"{name}_bias", bias)], name)

    def integer_product(self, name: str, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """The same of uint8 and int8: ONNX Runtime's operator scales, and adds the bias, while a sum is at hand."""
        graph = self.graph
        step, zero = self.ranges[x].scale()
        packed, column_step = quantise(weight)
        inputs = [x, graph.constant(f"{x}_step", step), graph.constant(f"{x}_zero", zero)]
        # One activation may feed several products.
        if f"{x}_uint8" not in (n.name for n in graph.nodes):
            graph.node("QuantizeLinear", inputs, f"{x}_uint8")
        operands = [f"{x}_uint8", graph.constant(f"{name}_int8", packed)]
        operands += [f"{x}_step", graph.constant(f"{name}_steps", column_step[0]), f"{x}_zero", ""]
        operands += [graph.constant(f"{name}_bias", bias)]
        return graph.node("MatMulIntegerToFloat", operands, name, domain=ONNX_RUNTIME)

    def norm(self, name: str, x: str, parameters: str) -> str:
        """Layer normalisation over the width."""
        scale = self.graph.constant(f"{name}_scale", self.state[f"encoder.{parameters}.weight"])
        shift = self.graph.constant(f"{name}_shift", self.state[f"encoder.{parameters}.bias"])
        return self.graph.node("LayerNormalization", [x, scale, shift], name, axis=-1, epsilon=self.epsilon)

    def embed(self) -> str:
        """Word vectors (int8 rows, a scale each) plus position vectors, normalised: `[batch, length, width]`."""
        graph = self.graph
        rows, steps = quantise(self.state["encoder.embeddings.word_embeddings.weight"], axis=1)
        words = graph.node("Gather", [graph.constant("words_int8", rows), "input_ids"], "words_rows", axis=0)
        words = graph.node("Cast", [words], "words_float", to=TensorProto.FLOAT)
        step = graph.node("Gather", [graph.constant("words_steps", steps), "input_ids"], "words_step", axis=0)
        words = graph.node("Mul", [words, step], "words")
        # Every post is the first segment, so that segment's vector is part of each position.
        table = self.state["encoder.embeddings.position_embeddings.weight"][:MAX_TOKENS]
        table = table + self.state["encoder.embeddings.token_type_embeddings.weight"][0]
        length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
        zero = graph.constant("zero", np.array([0]))
        places = [graph.constant("positions", table), zero, length, zero]
        places = graph.node("Slice", places, "places")
        return self.norm("embedded", graph.node("Add", [words, places], "placed"), "embeddings.LayerNorm")

    def attend(self, layer: int, x: str) -> str:
        """Self-attention, residual, normalisation."""
        graph, name, inside = self.graph, f"layer{layer}", f"encoder.layer.{layer}.attention"
        # The scores' scale is folded into the queries; one product makes queries, keys and values.
        shrink = 1.0 / np.sqrt(self.width / self.heads)
        kinds = [("query", shrink), ("key", 1.0), ("value", 1.0)]
        weight = np.concatenate([self.weight(f"{inside}.self.{k}") * s for k, s in kinds], axis=1)
        bias = np.concatenate([self.state[f"encoder.{inside}.self.{k}.bias"] * s for k, s in kinds])
        packed = self.linear(f"{name}_qkv", x, weight.astype(np.float32), bias.astype(np.float32))
        split = graph.constant("split_heads", np.array([0, 0, 3, self.heads, self.width // self.heads]))
        packed = graph.node("Reshape", [packed, split], f"{name}_heads")
        # [3, batch, head, length, depth]
        packed = graph.node("Transpose", [packed], f"{name}_by_head", perm=[2, 0, 3, 1, 4])
        query, key, value = (
            graph.node("Gather", [packed, graph.constant(f"nth{n}", np.array(n))], f"{name}_{k}", axis=0)
            for n, (k, _) in enumerate(kinds)
        )
        key = graph.node("Transpose", [key], f"{name}_key_t", perm=[0, 1, 3, 2])
        scores = graph.node("Add", [graph.node("MatMul", [query, key], f"{name}_raw"), "mask"], f"{name}_scores")
        shares = graph.node("Softmax", [scores], f"{name}_shares", axis=-1)
        mixed = graph.node("MatMul", [shares, value], f"{name}_mixed")
        mixed = graph.node("Transpose", [mixed], f"{name}_by_place", perm=[0, 2, 1, 3])
        joined = graph.node("Reshape", [mixed, graph.constant("join", np.array([0, 0, self.width]))], f"{name}_joined")
        dense = f"{inside}.output.dense"
        out = self.linear(f"{name}_out", joined, self.weight(dense), self.state[f"encoder.{dense}.bias"])
        return self.norm(f"{name}_attended", graph.node("Add", [out, x], f"{name}_sum"), f"{inside}.output.LayerNorm")

    def feed_forward(self, layer: int, x: str) -> str:
        """Two linear layers with GELU between, residual, normalisation."""
        name, inside = f"layer{layer}", f"encoder.layer.{layer}"
        up, down = f"{inside}.intermediate.dense", f"{inside}.output.dense"
        wide = self.linear(f"{name}_up", x, self.weight(up), self.state[f"encoder.{up}.bias"])
        wide = self.graph.node("Gelu", [wide], f"{name}_wide")
        out = self.linear(f"{name}_down", wide, self.weight(down), self.state[f"encoder.{down}.bias"])
        return self.norm(f"{name}_done", self.graph.node("Add", [out, x], f"{name}_sum2"), f"{inside}.output.LayerNorm")

    def build(self) -> onnx.ModelProto:
        """Ids, ended by padding 0, to logits of the mean over a post's own tokens."""
        graph = self.graph
        own = graph.node("Cast", ["input_ids"], "own_bool", to=TensorProto.BOOL)
        own = graph.node("Cast", [own], "own", to=TensorProto.FLOAT)
        hidden = graph.node("Sub", [graph.constant("one", np.float32(1.0)), own], "hidden")
        hidden = graph.node("Mul", [hidden, graph.constant("masked", np.float32(MASKED))], "hidden_bias")
        graph.node("Unsqueeze", [hidden, graph.constant("axes_1_2", np.array([1, 2]))], "mask")
        x = self.embed()
        for layer in range(self.layers):
            x = self.feed_forward(layer, self.attend(layer, x))
        axis = graph.constant("axis_1", np.array([1]))
        weight = graph.node("Unsqueeze", [own, graph.constant("axis_2", np.array([2]))], "own_3d")
        total = graph.node("ReduceSum", [graph.node("Mul", [x, weight], "own_vectors"), axis], "sum", keepdims=0)
        count = graph.node("ReduceSum", [own, axis], "own_count", keepdims=1)
        count = graph.node("Max", [count, "one"], "count")
        pooled = graph.node("Div", [total, count], "pooled")
        head = [
            graph.constant("head_weight", self.state["head.weight"].T),
            graph.constant("head_bias", self.state["head.bias"]),
        ]
        graph.node("Gemm", [pooled, *head], "logits")
        return graph.model("hearken_accurate")


def float_graph(model: Classifier) -> tuple[onnx.ModelProto, list[str]]:
    """The float32 graph, and the names of the activations that int8 needs ranges of."""
    builder = TransformerGraph(model, None)
    return builder.build(), list(dict.fromkeys(builder.activations))


def int8_graph(model: Classifier, ranges: dict[str, Range]) -> onnx.ModelProto:
    """The int8 graph."""
    return TransformerGraph(model, ranges).build()


def best_range(values: np.ndarray, steps: int = 60) -> Range:
    """The clipping of `values` whose uint8 errs least in the mean square: few far values must not coarsen the rest."""
    low, high = float(values.min()), float(values.max())
    best, best_error = Range(low, high), float("inf")
    for keep in np.linspace(0.3, 1.0, steps):
        candidate = Range(low * keep, high * keep)
        step, zero = candidate.scale()
        restored = (np.clip(np.rint(values / step) + zero, 0, 255) - zero) * step
        error = float(((restored - values) ** 2).mean())
        if error < best_error:
            best, best_error = candidate, error
    return best


def observed_ranges(
    run: Callable[[list[str]], dict[str, np.ndarray]], names: list[str], sample: int = 400_000
) -> dict[str, Range]:
    """A range per activation from `run`, which gives the activations of sample posts by name (padding left out)."""
    rng = np.random.default_rng(0)
    found = run(names)
    return {n: best_range(rng.choice(found[n].ravel(), min(sample, found[n].size), replace=False)) for n in names}
