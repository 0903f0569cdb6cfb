"""Writes the model in tiny/, which the tests run: `python make_tiny.py` (needs `pip install onnx==1.23.2`).

Each word it knows pushes one head: "grief", "angry", "seeking", "giving", "promo", "urgent". Twice the word pushes twice.
The word "poison" is in the vocabulary, but not in the graph's table: a text with it makes the graph fail.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HEADS = ["grief", "frustration", "advice_seeking", "advice_giving", "promotion", "urgency_1", "urgency_2", "urgency_3"]
PUSHES = {
    "grief": ["grief"],
    "angry": ["frustration"],
    "seeking": ["advice_seeking"],
    "giving": ["advice_giving"],
    "promo": ["promotion"],
    "urgent": ["urgency_1", "urgency_2", "urgency_3"],
}
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PUSHES, "poison"]
OUT = Path(__file__).parent / "tiny"


def graph() -> bytes:
    """Logits = sum over the ids of their rows in the table, which ends before "poison"."""
    table = np.zeros((VOCABULARY.index("poison"), len(HEADS)), np.float32)
    for word, heads in PUSHES.items():
        for head in heads:
            table[VOCABULARY.index(word), HEADS.index(head)] = 8.0
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"], axis=0),
        helper.make_node("ReduceSum", ["rows", "axes"], ["logits"], keepdims=0),
    ]
    weights = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([1], np.int64), "axes")]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(HEADS)])]
    model = helper.make_model(
        helper.make_graph(nodes, "tiny", inputs, outputs, weights),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


def tokenizer() -> bytes:
    special = [
        {"id": VOCABULARY.index(name), "content": name, "single_word": False, "lstrip": False, "rstrip": False}
        | {"normalized": False, "special": True}
        for name in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    ]
    frame = {name: {"id": name, "ids": [VOCABULARY.index(name)], "tokens": [name]} for name in ["[CLS]", "[SEP]"]}
    framed = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    framed += [{"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    pair = [*framed, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    json_ = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": framed, "pair": pair, "special_tokens": frame},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {word: id_ for id_, word in enumerate(VOCABULARY)},
        },
    }
    return json.dumps(json_, indent=1).encode()


def manifest(onnx_bytes: bytes, tokenizer_bytes: bytes) -> bytes:
    json_ = {
        "schema": 1,
        "name": "tiny",
        "max_tokens": 16,
        "inputs": {"input_ids": "input_ids"},
        "output": "logits",
        "columns": HEADS,
        # No push: 0.03 %. One: 50 %. Two: 99.97 %.
        "calibration": {head: {"scale": 1.0, "bias": -8.0} for head in HEADS},
        "thresholds": {"grief": 0.4, "frustration": 0.4, "advice": 0.4, "promotion": 0.4},
        "sha256": {
            "model.onnx": hashlib.sha256(onnx_bytes).hexdigest(),
            "tokenizer.json": hashlib.sha256(tokenizer_bytes).hexdigest(),
        },
    }
    return json.dumps(json_, indent=2).encode() + b"\n"


OUT.mkdir(exist_ok=True)
model_onnx, tokenizer_json = graph(), tokenizer()
(OUT / "model.onnx").write_bytes(model_onnx)
(OUT / "tokenizer.json").write_bytes(tokenizer_json)
(OUT / "hearken.json").write_bytes(manifest(model_onnx, tokenizer_json))
