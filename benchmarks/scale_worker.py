"""What an engine's worker calls in `benchmarks/scale.py`: the examples' functions and a bare loop, with their CPU time noted."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import httpx


def _timed(ask, texts):
    began = time.process_time()
    try:
        return ask(texts)
    finally:
        with Path(os.environ["SCALE_CPU"]).open("a") as notes:
            notes.write(json.dumps([os.getpid(), time.process_time() - began, len(texts)]) + "\n")


def chain(texts):
    from ask import ask_chain

    return _timed(ask_chain, texts)


def llm(texts):
    from ask import ask_llm

    return _timed(ask_llm, texts)


def bare(texts):
    """asyncio and httpx, without retries, errors, a limit or parsing beyond the text."""
    return _timed(_bare, texts)


def _bare(texts):
    url = os.environ["HATZ_BASE_URL"] + "/openai/responses"
    headers = {"X-API-Key": os.environ["HATZ_API_KEY"]}

    async def ask(http, text):
        answer = (await http.post(url, json={"model": "gpt-5.2", "input": text}, headers=headers)).json()
        return SimpleNamespace(text=answer["output"][0]["content"][0]["text"], additional_kwargs={})

    async def ask_all():
        async with httpx.AsyncClient() as http:
            return await asyncio.gather(*(ask(http, text) for text in texts))

    return asyncio.run(ask_all())


if __name__ == "__main__":  # scale_worker.py MODULE SOURCE TARGET FUNCTION
    import importlib

    import scale_worker  # so that workers find the functions by this name

    importlib.import_module(sys.argv[1]).run(sys.argv[2], sys.argv[3], getattr(scale_worker, sys.argv[4]))
