"""Writes the models in foreign/, which stand for classifiers that others have made: `python make_foreign.py`.

Needs `pip install numpy onnx==1.23.2 tokenizers==0.23.3 sentencepiece==0.2.3 protobuf`.

| folder | tokenizer | inputs | activation | labels |
| --- | --- | --- | --- | --- |
| wordpiece | WordPiece, as BERT's | ids, mask, token types | softmax | emotions by other names, two of them for one of ours |
| bpe | byte-level BPE, as RoBERTa's; padding is 1 | ids alone, so padding must be what the graph knows | sigmoid | LABEL_0 … |
| unigram | Unigram with Metaspace and Precompiled, as XLM-R's; padding is 1 | ids, mask | sigmoid | ours |

The folder odd has graphs that can't be run, one reason each, for the messages that say so. Beside each model, expected.json holds texts with their ids by `tokenizers` 0.23 and their probabilities by numpy.
"""

import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import sentencepiece
from onnx import TensorProto, helper, numpy_helper
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

OUT = Path(__file__).parent / "foreign"
WIDTH = 4
MAX_TOKENS = 24
WORDS = "my dog died today and i miss him so much the worst service ever how do i fix this buy now sale off help please".split()
TEXTS = [
    "my dog died today",
    "The WORST service ever!!",
    "how do i fix this, please?",
    "SALE: 20% off, buy now",
    "i can't stop crying 😭😭 café",
    "我的狗 died",
    "typed [SEP] [PAD] </s> <pad> <s> by a person",
    "\u200d",
    "ﬁx ｔｈｉｓ ½ now",
    "  so   much\tspace\n",
    "i miss him so much " * 10,
]


def spread(rows: int, columns: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 1.0, (rows, columns)).astype(np.float32)


def wordpiece() -> Tokenizer:
    letters = [chr(letter) for letter in range(ord("a"), ord("z") + 1)]
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"!?,.%:'[]/<>0123456789", *letters, *[f"##{letter}" for letter in letters]]
    vocab += sorted(set(WORDS) - set(vocab))
    tokenizer = Tokenizer(models.WordPiece({word: id_ for id_, word in enumerate(vocab)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def bpe() -> Tokenizer:
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([" ".join(WORDS)] * 3, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def unigram() -> Tokenizer:
    characters = [chr(character) for character in range(ord("!"), ord("~") + 1)]
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -4.0)]
    pieces += [(f"▁{word}", -5.0 - nth / 100) for nth, word in enumerate(dict.fromkeys(WORDS)) if len(word) > 1]
    pieces += [(character, -9.0 - nth / 100) for nth, character in enumerate(characters)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    squeeze = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Precompiled(charsmap()), squeeze])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def charsmap() -> bytes:
    """What SentencePiece compiles a few rules to: lower case, full width to half width, a ligature taken apart."""
    rules = {chr(upper): chr(upper).lower() for upper in range(ord("A"), ord("Z") + 1)}
    rules |= {chr(0xFF41 + nth): chr(ord("a") + nth) for nth in range(26)}
    rules |= {"ﬁ": "fi", "½": "1/2", "\t": " ", "\n": " ", "é": "e"}
    hexes = lambda text: " ".join(f"{ord(character):X}" for character in text)
    with tempfile.TemporaryDirectory() as folder:
        tsv = Path(folder) / "rules.tsv"
        tsv.write_text("".join(f"{hexes(source)}\t{hexes(target)}\n" for source, target in rules.items()))
        out = Path(folder) / "model"
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([" ".join(WORDS)] * 10),
            model_prefix=str(out),
            vocab_size=30,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(tsv),
            minloglevel=2,
        )
        model = sentencepiece_model_pb2.ModelProto.FromString(out.with_suffix(".model").read_bytes())
    return model.normalizer_spec.precompiled_charsmap


def graph(name: str, table: np.ndarray, head: np.ndarray, types: np.ndarray | None, masked: bool) -> bytes:
    """Logits = mean of the ids' rows (with the mask, or else their sum / 8) × head; see `logits`."""
    inputs, weights = ["input_ids"], {"table": table, "head": head, "axis": np.array([1], np.int64)}
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["words"], axis=0)]
    rows = "words"
    if types is not None:
        inputs.append("token_type_ids")
        weights["types"] = types
        nodes += [
            helper.make_node("Gather", ["types", "token_type_ids"], ["typed"], axis=0),
            helper.make_node("Add", ["words", "typed"], ["rows"]),
        ]
        rows = "rows"
    if masked:
        inputs.append("attention_mask")
        weights["last"] = np.array([2], np.int64)
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
            helper.make_node("Mul", [rows, "wide"], ["kept"]),
            helper.make_node("ReduceSum", ["kept", "axis"], ["sum"], keepdims=0),
            helper.make_node("ReduceSum", ["mask", "axis"], ["count"], keepdims=1),
            helper.make_node("Div", ["sum", "count"], ["pooled"]),
        ]
    else:
        weights["eight"] = np.array([8], np.float32)
        nodes += [
            helper.make_node("ReduceSum", [rows, "axis"], ["sum"], keepdims=0),
            helper.make_node("Div", ["sum", "eight"], ["pooled"]),
        ]
    nodes.append(helper.make_node("MatMul", ["pooled", "head"], ["logits"]))
    shape = ["batch", "length"]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            name,
            [helper.make_tensor_value_info(input_, TensorProto.INT64, shape) for input_ in inputs],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", head.shape[1]])],
            [numpy_helper.from_array(array, name) for name, array in weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


def logits(ids: list[int], table: np.ndarray, head: np.ndarray, types: np.ndarray | None, masked: bool) -> np.ndarray:
    """What the graph answers to one text, by numpy."""
    rows = table[ids].astype(np.float64) + (0 if types is None else types[0])
    return (rows.sum(axis=0) / (len(ids) if masked else 8)) @ head


def probabilities(logits: np.ndarray, manifest: dict) -> dict[str, float]:
    """What Hearken should make of the logits, by the book: no log-odds, no shifting by the largest."""
    names, found = manifest["columns"], {}
    softmax = np.exp(logits) / np.exp(logits).sum()
    for ours in dict.fromkeys(manifest.get("label_map", {name: name for name in names}).values()):
        mapped = [names.index(name) for name, to in manifest.get("label_map", {ours: ours}).items() if to == ours]
        if manifest["activation"] == "softmax":
            together = softmax[mapped].sum()
            odds = np.log(together / (1 - together))
        else:
            odds = logits[mapped].max()
        platt = manifest.get("calibration", {}).get(ours, {"scale": 1.0, "bias": 0.0})
        found[ours] = float(1 / (1 + np.exp(-(platt["scale"] * odds + platt["bias"]))))
    return found


def write(name: str, tokenizer: Tokenizer, manifest: dict, seed: int, types: bool, masked: bool) -> None:
    """One folder: the model's three files, and what is expected of it."""
    columns = len(manifest["columns"])
    table, head = spread(tokenizer.get_vocab_size(), WIDTH, seed), spread(WIDTH, columns, seed + 1)
    if not masked:
        # Such a graph knows padding by its id; any other would count as a word.
        table[manifest["padding_id"]] = 0
    type_table = spread(2, WIDTH, seed + 2) if types else None
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    model_onnx = graph(name, table, head, type_table, masked)
    tokenizer_json = tokenizer.to_str(pretty=False).encode()
    inputs = {"input_ids": "input_ids"}
    inputs |= {"attention_mask": "attention_mask"} if masked else {}
    inputs |= {"token_type_ids": "token_type_ids"} if types else {}
    sums = {"model.onnx": model_onnx, "tokenizer.json": tokenizer_json}
    whole = {"schema": 1, "name": name, "max_tokens": MAX_TOKENS, "special_tokens": True, "inputs": inputs}
    whole |= {"output": "logits", **manifest, "thresholds": dict.fromkeys(["grief", "frustration", "advice", "promotion"], 0.5)}
    whole |= {"sha256": {file: hashlib.sha256(data).hexdigest() for file, data in sums.items()}}
    for file, data in sums.items():
        (folder / file).write_bytes(data)
    (folder / "hearken.json").write_text(json.dumps(whole, indent=2) + "\n")

    # People who type "[SEP]" mean the letters.
    tokenizer.encode_special_tokens = True
    tokenizer.enable_truncation(MAX_TOKENS)
    expected = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        found = probabilities(logits(ids, table, head, type_table, masked), whole)
        expected.append({"text": text, "ids": ids, "probabilities": {name: round(p, 6) for name, p in found.items()}})
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")


def odd(name: str, ids: int, width: list, output: int) -> None:
    """A graph of one input and one output of 8 columns, with another type or shape than a text classifier has."""
    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("Cast", ["input_ids"], ["cast"], to=output),
                helper.make_node("Expand", ["cast", "shape"], ["logits"]),
            ],
            name,
            [helper.make_tensor_value_info("input_ids", ids, ["batch", 1])],
            [helper.make_tensor_value_info("logits", output, width)],
            [numpy_helper.from_array(np.array([1] * (len(width) - 1) + [8], np.int64), "shape")],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    (OUT / "odd").mkdir(parents=True, exist_ok=True)
    (OUT / "odd" / f"{name}.onnx").write_bytes(model.SerializeToString())


odd("int32_ids", TensorProto.INT32, ["batch", 8], TensorProto.FLOAT)
odd("float64_logits", TensorProto.INT64, ["batch", 8], TensorProto.DOUBLE)
odd("logits_per_token", TensorProto.INT64, [1, "batch", 8], TensorProto.FLOAT)
write(
    "wordpiece",
    wordpiece(),
    {
        "columns": ["admiration", "anger", "annoyance", "curiosity", "grief", "neutral", "sadness"],
        "label_map": {
            "anger": "frustration",
            "annoyance": "frustration",
            "curiosity": "advice_seeking",
            "grief": "grief",
            "sadness": "grief",
        },
        "activation": "softmax",
        "calibration": {"grief": {"scale": 0.8, "bias": 0.3}},
        "batch": {"rows": 4, "ids": 512},
        "languages": ["en"],
        "threshold_sets": {"high_recall": {"grief": 0.2, "frustration": 0.3, "advice": 0.3, "promotion": 0.5}},
    },
    seed=3,
    types=True,
    masked=True,
)
write(
    "bpe",
    bpe(),
    {
        "padding_id": 1,
        "columns": ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"],
        "label_map": {"LABEL_0": "grief", "LABEL_2": "promotion", "LABEL_3": "grief"},
        "activation": "sigmoid",
    },
    seed=11,
    types=False,
    masked=False,
)
write(
    "unigram",
    unigram(),
    {
        "padding_id": 1,
        "columns": ["grief", "frustration", "advice_giving", "urgency_3"],
        "activation": "sigmoid",
    },
    seed=21,
    types=False,
    masked=True,
)
