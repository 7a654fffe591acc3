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


LOADS = "assert type(load_llm({'class_name': 'hatz_llm', 'model': 'm'})) is HatzLLM"


def test_importing_it_imports_no_other_framework_and_no_sdk():
    done = run(
        "import sys, llama_index.core\n"
        "before = set(sys.modules)\n"
        "from llama_index_hatz import HatzLLM\n"
        "HatzLLM('gpt-5.2')\n"
        "assert 'llama_index.core.llms.loading' not in sys.modules\n"  # it imports the OpenAI SDK if it is installed
        "roots = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "assert not roots & {'langchain', 'langchain_core', 'openai', 'anthropic', 'httpx'}, roots\n"
        "assert not any(type(finder).__module__.startswith('llama_index_hatz') for finder in sys.meta_path)\n"
    )
    assert done.returncode == 0, done.stderr


def test_llamaindex_can_load_it_when_its_loading_was_imported_before():
    done = run(f"from llama_index.core.llms.loading import load_llm\nfrom llama_index_hatz import HatzLLM\n{LOADS}")
    assert done.returncode == 0, done.stderr


def test_without_llamaindex_it_says_what_to_install():
    done = run("import sys; sys.modules['llama_index.core'] = None; import llama_index_hatz")
    assert 'pip install ".[llama-index]" in a clone of hatz-integrations' in done.stderr


def test_it_is_where_llamaindex_keeps_its_llms():
    from llama_index.llms import hatz

    assert hatz.Hatz is hatz.HatzLLM is HatzLLM is Hatz
    assert HatzLLM.__module__.startswith("llama_index_hatz")


def test_it_stands_beside_other_packages_of_llms(tmp_path):
    other = tmp_path / "llama_index" / "llms" / "other"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("class Other: pass\n")
    imports = ["from llama_index.llms.other import Other", "from llama_index.llms.hatz import HatzLLM"]
    for lines in (imports, imports[::-1]):
        found = f"import sys; sys.path.append({str(tmp_path)!r})"
        done = run("\n".join([found, *lines, "import llama_index.core", "HatzLLM('gpt-5.2'), Other()"]))
        assert done.returncode == 0, done.stderr


def test_nothing_hides_llamaindex():
    shim = ROOT / "shared" / "llama_index"
    assert sorted(str(path.relative_to(shim)) for path in shim.rglob("*.py")) == ["llms/hatz/__init__.py"]
    assert (shim / "llms" / "hatz" / "py.typed").exists()


def test_it_is_a_base_llm():
    assert "BaseLLM" in [base.__name__ for base in HatzLLM.__mro__]


def test_the_four_ways_to_ask_differ_only_in_waiting():
    def plain(function):
        words = re.sub(r"#.*", "", inspect.getsource(function)).replace("async ", "").replace("await ", "")
        for one, other in (
            ("_achat", "_chat"),
            ("_astream_chat", "_stream_chat"),
            ("async_client", "client"),
            ("arun", "run"),
            ("aconvert_events", "convert_events"),
        ):
            words = words.replace(one, other)
        return words.replace("AsyncGen", "Gen").split()

    for one, other in [(HatzLLM._chat, HatzLLM._achat), (HatzLLM._stream_chat, HatzLLM._astream_chat)]:
        assert plain(one) == plain(other)


def test_load_llm_can_be_told_of_it():
    done = run(
        "from llama_index_hatz import HatzLLM, register_with_load_llm\n"
        "register_with_load_llm()\n"
        f"from llama_index.core.llms.loading import load_llm\n{LOADS}"
    )
    assert done.returncode == 0, done.stderr
