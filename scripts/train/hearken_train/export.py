"""Writes `model.onnx` and `tokenizer.json` of both students, and proves that the graphs are the trained models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from . import parity
from .data import load_annotated
from .encoder import Base, Classifier
from .export_static import static_graph
from .export_transformer import float_graph, int8_graph, observed_ranges
from .graph import save
from .manifest import SPECS, write_tokenizer
from .shipped import Shipped, open_session
from .static_model import FastModel
from .static_train import Config, student_logits

# Training posts whose activations set the int8 scales.
SAMPLE_POSTS = 512


def shipped(models: Path, name: str) -> Shipped:
    """A model whose manifest is not written yet."""
    spec = SPECS[name]
    return Shipped(models / name, spec.max_tokens, spec.special_tokens, spec.batch_rows, spec.batch_ids)


def activations(graph: onnx.ModelProto, names: list[str], rows: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Values of the named activations over `rows`, `[tokens, width]`, each row run alone and so without padding."""
    tapped = onnx.ModelProto()
    tapped.CopyFrom(graph)
    tapped.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = open_session(tapped.SerializeToString())
    seen: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for row in rows:
        for name, value in zip(names, session.run(names, {"input_ids": row[None]}), strict=True):
            seen[name].append(value.reshape(-1, value.shape[-1]))
    return {name: np.concatenate(values) for name, values in seen.items()}


def export_accurate(data_dir: Path, cache: Path, models: Path) -> None:
    """The transformer: float32 into the cache, int8 into `models/accurate`."""
    base = Base.named("minilm", cache)
    model = Classifier(base)
    model.load_state_dict(torch.load(cache / "accurate.pt", weights_only=True))
    model.eval()
    train, dev = load_annotated(data_dir, "train"), load_annotated(data_dir, "dev")
    graph, names = float_graph(model)
    save(graph, cache / "accurate_float" / "model.onnx")
    chosen = np.random.default_rng(0).choice(len(train), SAMPLE_POSTS, replace=False)
    rows = base.encode([train.texts[i] for i in chosen])
    ranges = observed_ranges(lambda wanted: activations(graph, wanted, rows), names)
    save(int8_graph(model, ranges), models / "accurate" / "model.onnx")
    for folder in (models / "accurate", cache / "accurate_float"):
        write_tokenizer(folder)
    spec = SPECS["accurate"]
    in_float = Shipped(cache / "accurate_float", spec.max_tokens, spec.special_tokens, spec.batch_rows, spec.batch_ids)
    trained = torch_logits(model, base, dev.texts)
    for name in ("dev", "dev_hard"):
        np.save(cache / f"accurate_float_{name}.npy", in_float.logits(load_annotated(data_dir, name).texts))
    print("accurate, float32:", parity.check(in_float, trained, dev.texts, parity.FLOAT))
    print("accurate, int8:", parity.check(shipped(models, "accurate"), trained, dev.texts, parity.INT8))


@torch.inference_mode()
def torch_logits(model: Classifier, base: Base, texts: list[str]) -> np.ndarray:
    """Logits in float32, a post at a time: what the graphs are held against."""
    return np.concatenate([model(base.pad([row])).numpy() for row in base.encode(texts)])


def export_fast(data_dir: Path, cache: Path, models: Path) -> None:
    """The static model, int8 tables, into `models/fast`."""
    model = FastModel(Config().shape)
    model.load_state_dict(torch.load(cache / "fast.pt", weights_only=True))
    model.eval()
    save(static_graph(model), models / "fast" / "model.onnx")
    write_tokenizer(models / "fast")
    texts = load_annotated(data_dir, "dev").texts
    print("fast, int8 tables:", parity.check(shipped(models, "fast"), student_logits(model, texts), texts, parity.INT8))
