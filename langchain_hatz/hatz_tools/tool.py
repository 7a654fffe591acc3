"""`HatzTool`: LangChain's tool that runs an app or a workflow of Hatz."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Literal

from langchain_core.tools import BaseTool, ToolException
from pydantic import PrivateAttr
from typing_extensions import override

from hatz_client import HatzError
from hatz_client.integration.hatz_tools.arguments import ToolArguments
from hatz_client.integration.hatz_tools.run import AppRun, Progress
from hatz_client.integration.hatz_tools.texts import error_text, result_text
from hatz_client.integration.hatz_tools.to_plain import to_plain


class HatzTool(BaseTool):
    """A tool that runs an app or a workflow of Hatz.

    The content is the answer's text; the artifact is the whole answer or job as a dict of plain values, so that checkpoints can hold
    it: the fields of `hatz_client.Reply` or of `hatz_client.JobState`. Errors are tool errors that the model reads (`handle_tool_error=False` raises them as `ToolException`s).
    """

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True

    _run_app: AppRun = PrivateAttr()
    _arguments: ToolArguments = PrivateAttr()

    def __init__(self, run: AppRun, description: str, **fields: Any) -> None:
        arguments = ToolArguments(run.app)
        super().__init__(name=run.tool, description=description, args_schema=arguments.to_class(run.tool), **fields)
        self._run_app = run
        self._arguments = arguments

    @override
    def _run(self, /, **arguments: Any) -> tuple[str, dict[str, Any]]:
        with tool_errors(self.name):
            result = to_plain(self._run_app.run(self._arguments.to_inputs(arguments), stream_writer()))
        return result_text(result), result

    @override
    async def _arun(self, /, **arguments: Any) -> tuple[str, dict[str, Any]]:
        with tool_errors(self.name):
            result = to_plain(await self._run_app.arun(self._arguments.to_inputs(arguments), stream_writer()))
        return result_text(result), result


@contextmanager
def tool_errors(tool: str) -> Iterator[None]:
    """Context manager: raise the client's errors as LangChain's for tools, in words for the model."""
    try:
        yield
    except HatzError as error:
        raise ToolException(error_text(error, tool)) from error


def stream_writer() -> Callable[[Progress], None]:
    """A function that writes progress, as a dict under "hatz_progress", to the stream of LangGraph (`stream_mode="custom"`), if a graph runs."""
    config = sys.modules.get("langgraph.config")  # not loaded, no graph
    try:
        write = config.get_stream_writer() if config else None
    except (RuntimeError, KeyError):  # the tool runs outside of a graph
        write = None
    return lambda progress: None if write is None else write({"hatz_progress": asdict(progress)})
