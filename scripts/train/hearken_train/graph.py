"""Building ONNX graphs node by node, so that every node is one that was meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
# Where ONNX Runtime keeps operators of its own.
ONNX_RUNTIME = "com.microsoft"
IR_VERSION = 10


def quantise(table: np.ndarray, axis: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8 with one scale per slice along `axis`: `table ≈ quantised * scale`; zeros stay zero."""
    scale = np.maximum(np.abs(table).max(axis=axis, keepdims=True), 1e-8) / 127.0
    return np.rint(table / scale).astype(np.int8), scale.astype(np.float32)


class GraphBuilder:
    """Collects nodes and initialisers; `node` returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        """Stores an initialiser; the same name again is the same initialiser."""
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        """Appends a node with one output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def model(self, name: str) -> onnx.ModelProto:
        """The whole, checked: `input_ids` int64 `[batch, length]` to `logits` float32 `[batch, 8]`."""
        inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
        outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 8])]
        graph = helper.make_graph(self.nodes, name, inputs, outputs, list(self.constants.values()))
        opset = [helper.make_opsetid("", OPSET), helper.make_opsetid(ONNX_RUNTIME, 1)]
        built = helper.make_model(graph, opset_imports=opset, producer_name="hearken", ir_version=IR_VERSION)
        onnx.checker.check_model(built)
        return built


def save(model: onnx.ModelProto, path: Path) -> None:
    """Writes the graph next to its place and moves it there, so readers never see half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".partial")
    onnx.save(model, str(temporary))
    temporary.replace(path)
