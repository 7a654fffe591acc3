"""One contestant in a process of its own: reads what to do from stdin, line by line, and answers with what it cost.

A task is a JSON object: `case` (see `cases.py`), `count` (messages, deltas, streams …) and `repeat`. The answer is a JSON object: `cost` is
CPU seconds of this process for one run (for "memory" the peak of bytes allocated, for "first" seconds of wall time), `collections` is
how many times the garbage collector ran.
"""

import asyncio
import collections
import functools
import gc
import importlib
import json
import pathlib
import statistics
import sys
import time
import tracemalloc

import bare

AT_ONCE = 50
"""How many calls of a batch are open at once."""
FIRSTS = 30
"""How many streams are begun for the time to the first chunk."""


class Contestant:
    """What one model of one framework costs on one wire."""

    def __init__(self, framework, name, wire, port):
        self._models = importlib.import_module(f"{framework}_models")
        self._name, self._wire = name, wire
        self._server = f"http://127.0.0.1:{port}"
        self._loop = asyncio.Runner()
        self._run = functools.cache(self._ready)

    def cost(self, case, count, repeat):
        """Of one run: the cost, and the collections of garbage."""
        run = self._run("text" if case == "memory" else case, count)
        if case == "memory":
            return {"cost": _peak(run), "collections": 0}
        if case == "first":
            return {"cost": statistics.median(run() for _ in range(FIRSTS)), "collections": 0}
        if case in {"streams", "batch", "clients"}:
            run()  # the connections of the round before have been closed by now
        gc.collect()
        before, began = _collections(), time.process_time()
        for _ in range(repeat):
            run()
        spent = time.process_time() - began
        return {"cost": spent / repeat, "collections": (_collections() - before) / repeat}

    def shares(self, case, count):
        """The calls of one run by package."""
        return _shares(self._run(case, count))

    def _model(self, path):
        return self._models.model(self._name, self._wire, f"{self._server}/{path}")

    def _ready(self, case, count):
        """The function that does it once; done once already, for what only the first time costs."""
        run = getattr(self, f"_{case}")(count)
        found = run()
        if case in {"text", "observed", "tool"} and found < count:
            raise AssertionError(f"{count} deltas were sent, and only {found} chunks came")
        if case in {"agent", "calls"} and found != count:
            raise AssertionError(f"{count} calls were expected, and there were {found}")
        return run

    def _invoke(self, count):
        return self._models.asking(self._model("whole-50"), count)

    def _large(self, count):
        return self._models.asking(self._model(f"whole-{count}"), 5)

    def _text(self, count):
        return self._models.streaming(self._model(f"text-{count}"), "text")

    def _tool(self, count):
        return self._models.streaming(self._model(f"tool-{count}"), "tool")

    def _observed(self, count):
        return self._models.observing(self._model(f"text-{count}"))

    def _calls(self, count):
        return self._models.calling(self._model(f"calls-{count}"))

    def _agent(self, count):
        return self._models.agent(self._model(f"agent-{count}"), self._loop)

    def _first(self, _):
        stream = self._models.texts(self._model("first-1"))

        def seconds():
            """From the moment the server writes the first delta, whose text is that moment, to the chunk."""
            texts = stream()
            sent = next(texts)
            passed = time.monotonic() - float(sent)
            for _ in (
                texts
            ):  # a stream that is left open may be closed by the garbage collector, while a lock of httpcore is held
                pass
            return passed

        return seconds

    def _streams(self, count):
        """So many streams at once, of 20 deltas each."""
        read = self._models.astreaming(self._model(f"together{count}-20"))

        async def together():
            await asyncio.gather(*(read() for _ in range(count)))

        return lambda: self._loop.run(together())

    def _batch(self, count):
        return self._many(self._models.aasking(self._model("whole-5")), count)

    def _clients(self, count):
        return self._many(bare.asking(self._name, self._wire, f"{self._server}/whole-5"), count)

    def _many(self, ask, count):
        """So many calls, 50 at a time."""

        async def one(room):
            async with room:
                await ask()

        async def batch():
            room = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(one(room) for _ in range(count)))

        return lambda: self._loop.run(batch())


def _shares(run):
    """How many functions of each package, and of each folder of the client, one run calls."""
    counts = collections.Counter()

    def count(frame, event, _):
        if event in {"call", "c_call"}:
            counts[_package(frame.f_code.co_filename)] += 1

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return counts


@functools.cache
def _package(path):
    names = pathlib.Path(path).parts
    if "site-packages" in names:
        return names[names.index("site-packages") + 1]
    ours = [at for at, name in enumerate(names) if name in {"hatz_client", "langchain_hatz", "llama_index_hatz"}]
    if not ours:
        return "python"
    own, inside = names[ours[-1]], names[ours[-1] + 1]
    return f"{own}/{inside}" if own == "hatz_client" and not inside.endswith(".py") else own


def _peak(run):
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _collections():
    return sum(generation["collections"] for generation in gc.get_stats())


if __name__ == "__main__":
    contestant = Contestant(*sys.argv[1:])
    for line in sys.stdin:
        task = json.loads(line)
        do = contestant.shares if task.pop("shares", False) else contestant.cost
        print(json.dumps(do(**task)), flush=True)
