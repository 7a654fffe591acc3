"""The demo: runs the examples one after the other, on the gateway with HATZ_API_KEY, else on the local sandbox.

With --upstream a model on your own machine answers, for example one of Ollama.
"""

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SECTIONS = {
    "chain": ("A LangChain chain: prompt | ChatHatz | parser", "langchain_chain.py"),
    "agent": ("A LangChain agent that calls two tools", "langchain_agent.py"),
    "query-engine": ("A LlamaIndex query engine over this project's documentation", "llama_index_query.py"),
    "function-agent": ("A LlamaIndex agent that calls two tools", "llama_index_agent.py"),
    "apps": ("A LangChain agent with an app, a workflow and an agent of a Hatz workspace", "langchain_hatz_tools.py"),
    "tool-spec": ("A LlamaIndex agent with the same", "llama_index_hatz_tools.py"),
    "models": ("The models and agents of the key", "models.py"),
}
SANDBOX_ARGUMENTS = {
    "langchain_hatz_tools.py": ["Ticket reply", "Onboard a user", "Research Assistant"],
    "llama_index_hatz_tools.py": ["Ticket reply", "Onboard a user", "Research Assistant"],
}
"""What a program gets on the sandbox alone. In a workspace of yours, the demo lists the tools and runs none of them."""
ON_THE_GATEWAY = "HATZ_API_KEY is set: everything below runs on the Hatz gateway, and uses credits."
ON_THE_SANDBOX = """\
HATZ_API_KEY is not set: everything below runs on the local sandbox, a stand-in for the Hatz gateway without a model.
It picks its answers from the context and the tools' results. Set HATZ_API_KEY to see real models answer, or put a model
of your own behind the sandbox: make demo ARGS="--upstream http://localhost:11434/v1"."""
ON_AN_UPSTREAM = (
    "Everything below runs on the local sandbox; the model of {} answers behind it, whatever model is asked for."
)


def main() -> int:
    """Run all sections; the exit code is the number of those that failed."""
    parser = argparse.ArgumentParser(prog="python -m examples", description=__doc__)
    parser.add_argument("--pace", type=float, default=0.03, help="seconds between the sandbox's words (default: 0.03)")
    parser.add_argument("--list", action="store_true", help="list the sections and stop")
    parser.add_argument("--only", choices=SECTIONS, metavar="NAME", help=f"one section alone: {', '.join(SECTIONS)}")
    parser.add_argument("--upstream", metavar="URL", help="an OpenAI-compatible server whose model answers")
    parser.add_argument("--model", metavar="ID", help="the model of that server (default: the first it lists)")
    given = parser.parse_args()
    if given.list:
        for name, (title, file) in SECTIONS.items():
            print(f"{name:15} {title} (examples/{file})")
        return 0
    real = bool(os.environ.get("HATZ_API_KEY")) and not given.upstream
    print(
        ON_THE_GATEWAY if real else ON_AN_UPSTREAM.format(given.upstream) if given.upstream else ON_THE_SANDBOX,
        flush=True,
    )
    sandbox = [] if real else sandbox_command(given)
    failed = []
    for number, (name, (title, file)) in enumerate(SECTIONS.items(), 1):
        if given.only in {None, name} and not shown(f"({number}) {title}", file, sandbox):
            failed.append(file)
    end = "That was all. More programs: examples/README.md"
    print(f"\nFailed: {', '.join(failed)}" if failed else f"\n{end}", flush=True)
    return len(failed)


def sandbox_command(given: argparse.Namespace) -> list[str]:
    """The command that runs a program on the sandbox."""
    model = ["--model", given.model] if given.model else []
    answers = ["--upstream", given.upstream, *model] if given.upstream else ["--pace", str(given.pace)]
    return [sys.executable, "-m", "hatz_cli", "sandbox", *answers, "--"]


def shown(heading: str, name: str, sandbox: list[str]) -> bool:
    """Run one example, its output going straight to ours; whether it ended well."""
    options = sandbox[4:-1] if "--upstream" in sandbox else []
    arguments = SANDBOX_ARGUMENTS.get(name, []) if sandbox else []
    words = [*(["hatz sandbox", *options, "--"] if sandbox else []), f"python examples/{name}"]
    command = " ".join([*words, *map(shlex.quote, arguments)])
    print(f"\n{bold(heading)}\n{faint(f'$ {command}')}", flush=True)
    program = [*sandbox, sys.executable, "-u", str(HERE / name), *arguments]
    return subprocess.run(program, check=False).returncode == 0  # noqa: S603 (our own examples)


def bold(text: str) -> str:
    """The text in bold, on a terminal."""
    return styled(text, "1")


def faint(text: str) -> str:
    """The text in grey, on a terminal."""
    return styled(text, "2")


def styled(text: str, code: str) -> str:
    """The text in a style, on a terminal that is not asked to be plain."""
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


if __name__ == "__main__":
    sys.exit(main())
