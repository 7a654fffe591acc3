"""The registry of endpoints: what the specs say is what the codecs and the types say, and nobody compares names."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from hatz_client import HatzInvalidInputError, Prompt
from hatz_client.content import Endpoint, EndpointName, MediaKind
from hatz_client.wire.endpoints import DEFAULT, SPECS, codec, endpoint_name, endpoint_spec

ROOT = Path(__file__).parents[2]
NAMES = frozenset(get_args(EndpointName))
PACKAGES = ("shared/hatz_client", "langchain_hatz", "llama_index_hatz")  # `hatz_cli` probes each wire as it is
# What a block is written in, not what an endpoint can do.
ALLOWED = {"llama_index_hatz/_messages/cache_points.py"}


def test_the_types_name_the_registered_endpoints():
    assert get_args(EndpointName) == tuple(SPECS)
    assert get_args(Endpoint) == ("auto", *SPECS)
    assert DEFAULT in SPECS


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_is_what_its_codec_is(name):
    spec, module = endpoint_spec(name), codec(name)
    assert spec.name == name
    assert spec.path.startswith("/")
    assert spec.media <= set(get_args(MediaKind))
    assert module.__name__ == spec.module
    for function in (module.encode, module.decode, module.Decoder):
        assert function.__module__.startswith(spec.module)


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_says_whether_tools_and_stop_sequences_are_sent(name):
    prompt = Prompt("m", "hi", stop="END", tools={"type": "function", "name": "look"})
    if not endpoint_spec(name).client_tools:
        with pytest.raises(HatzInvalidInputError):
            codec(name).encode(prompt)
        return
    body = codec(name).encode(prompt)
    assert body["tools"]
    assert ("END" in str(body)) == endpoint_spec(name).stop_sequences


def test_supported_parameters_are_kept_and_the_others_named_once(caplog):
    fields = {"seed": 31, "reasoning": {"effort": "low"}, "thinking": None, "of_tomorrow": 1}
    assert endpoint_spec("messages").supported(fields) == {"of_tomorrow": 1}
    assert endpoint_spec("responses").supported(fields) == {key: fields[key] for key in fields if key != "thinking"}
    assert "seed=31 is not sent: the messages endpoint" in caplog.text
    assert "thinking" not in caplog.text
    assert "of_tomorrow" not in caplog.text


@pytest.mark.parametrize("unknown", ["completions", "", None, ["chat"]])
def test_an_unknown_endpoint_is_named_beside_those_there_are(unknown):
    with pytest.raises(HatzInvalidInputError, match="use 'auto', 'responses', 'messages' or 'chat'") as caught:
        endpoint_name(Prompt("m", "hi"), unknown)
    assert repr(unknown) in str(caught.value)


def test_the_registry_loads_no_codec():
    program = (
        "import sys, hatz_client.wire.endpoints as e; e.endpoint_spec('messages'); "
        "assert not [m for m in sys.modules if m.startswith(('hatz_client.wire.messages', 'hatz_client.wire.responses',"
        " 'hatz_client.wire.chat'))], sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def comparisons(path):
    """The lines that compare something with an endpoint's name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            values = [
                one
                for side in sides
                for one in (side.elts if isinstance(side, ast.Tuple | ast.Set | ast.List) else [side])
            ]
            if any(isinstance(value, ast.Constant) and value.value in NAMES for value in values):
                yield node.lineno


def test_nothing_outside_the_wire_formats_compares_names_of_endpoints():
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "hatz_client/wire/" not in path.as_posix() and str(path.relative_to(ROOT)) not in ALLOWED
        for line in comparisons(path)
    }
    assert not found, f"ask the EndpointSpec what the endpoint can do: {sorted(found)}"
