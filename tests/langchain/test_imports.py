"""What importing the package costs, and what it says when something is missing. Each in an interpreter of its own."""

import subprocess
import sys

HEAVY = ("openai", "anthropic", "tiktoken", "transformers", "langchain", "llama_index", "langgraph", "httpx")


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_importing_and_constructing_loads_nothing_heavy():
    code = (
        "import sys, langchain_core.language_models.chat_models, langchain_core.tools, langchain_core.output_parsers; "
        "before = set(sys.modules); import langchain_hatz; langchain_hatz.ChatHatz('gpt-5.2', api_key='k'); "
        f"print(sorted(set({HEAVY!r}) & (set(sys.modules) - before)))"
    )
    done = _run(code)
    assert done.stdout.strip() == "[]", done.stderr


def test_beyond_langchain_core_it_loads_nothing_but_itself():
    code = (
        "import sys, langchain_core.language_models.chat_models as core; from langchain_core.callbacks import CallbackManager; "
        "class_ = type('Floor', (core.BaseChatModel,), {'_generate': lambda self: None, '_llm_type': property(str)}); class_(); "
        "before = set(sys.modules); import langchain_hatz; langchain_hatz.ChatHatz('gpt-5.2', api_key='k'); "
        "new = set(sys.modules) - before - set(sys.builtin_module_names); "
        "print(sorted(name for name in new if not name.startswith(('hatz_client', 'langchain_hatz', 'msgspec'))))"
    )
    done = _run(code)
    assert done.stdout.strip() == "[]", done.stderr


def test_without_langchain_the_error_says_what_to_install():
    done = _run("import sys; sys.modules['langchain_core'] = None; import langchain_hatz")
    assert 'pip install ".[langchain]" in a clone of hatz-integrations' in done.stderr


def test_without_langchains_agents_all_but_the_middleware_is_there():
    code = "import sys; sys.modules['langchain'] = None; from langchain_hatz import *; import langchain_hatz as l; "
    assert _run(code + "ChatHatz('m')").returncode == 0
    assert "pip install langchain" in _run(code + "l.HatzPromptCachingMiddleware").stderr
    assert "use ChatHatz" in _run(code + "l.register_with_init_chat_model()").stderr
