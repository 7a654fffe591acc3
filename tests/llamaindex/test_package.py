"""What importing the package costs, and where LlamaIndex's users find it."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

from llama_index_hatz import Hatz, HatzLLM

ROOT = Path(__file__).parents[2]


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_importing_it_imports_no_other_framework_and_no_sdk():
    done = run(
        "import sys, llama_index_hatz\n"
        "print({name.split('.')[0] for name in sys.modules} & {'langchain', 'langchain_core', 'openai', 'anthropic'})"
    )
    assert done.stdout.strip() == "set()", done.stderr


def test_without_llamaindex_it_says_what_to_install():
    done = run("import sys; sys.modules['llama_index.core'] = None; import llama_index_hatz")
    assert 'pip install "hatz-integrations[llama-index]"' in done.stderr


def test_it_is_where_llamaindex_keeps_its_llms():
    from llama_index.llms import hatz

    assert hatz.Hatz is hatz.HatzLLM is HatzLLM is Hatz
    assert HatzLLM.__module__.startswith("llama_index_hatz")


def test_nothing_hides_llamaindex():
    shim = ROOT / "shared" / "llama_index"
    assert sorted(str(path.relative_to(shim)) for path in shim.rglob("*.py")) == ["llms/hatz/__init__.py"]
    assert (shim / "llms" / "hatz" / "py.typed").exists()


def test_it_is_a_base_llm():
    assert "BaseLLM" in [base.__name__ for base in HatzLLM.__mro__]


def test_the_four_ways_to_ask_differ_only_in_waiting():
    def plain(function):
        words = (
            re.sub(r"#.*", "", inspect.getsource(function))
            .replace("async ", "")
            .replace("await ", "")
            .replace("aclosing", "closing")
        )
        for one, other in (("_aclient", "_client"), ("_achat", "_chat"), ("_astream_chat", "_stream_chat")):
            words = words.replace(one, other)
        return words.replace("AsyncGen", "Gen").replace("adrafts", "drafts").replace("astream", "stream").split()

    twins = [
        (HatzLLM._chat, HatzLLM._achat),
        (HatzLLM._stream_chat, HatzLLM._astream_chat),
    ]
    for one, other in twins:
        assert plain(one) == plain(other)
