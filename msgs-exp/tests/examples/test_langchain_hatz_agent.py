"""The example that hands a request to an agent on Hatz's side."""

import runpy
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "langchain_hatz_agent.py"


def test_a_hatz_agent_is_asked_as_a_tool(hatz_sandbox, capsys):
    runpy.run_path(str(EXAMPLE))
    shown = capsys.readouterr().out
    assert "The agents of this key as tools: Research_Assistant" in shown
    assert "calls  Research_Assistant({'request': " in shown
    asked = [request.body for request in hatz_sandbox.requests if request.body]
    assert [body["model"].partition("-")[0] for body in asked] == ["anthropic.claude", "agent", "anthropic.claude"]
    assert "cache_control" in asked[0]["tools"][-1]


def test_without_agents_it_says_so(hatz_sandbox):
    hatz_sandbox.agents.clear()
    with pytest.raises(SystemExit, match="no agents"):
        runpy.run_path(str(EXAMPLE))
