"""One contestant in a process of its own: reads what to do from stdin, line by line, and answers with what it cost.

A task is a JSON object: `case` ("invoke", "text", "observed", "tool", "async" or "memory"), `count` (messages or deltas) and `repeat`.
The answer is CPU seconds of this process for one run, or the peak of bytes allocated.
"""

import asyncio
import functools
import gc
import importlib
import json
import sys
import time
import tracemalloc

STREAMS = 100


class Contestant:
    """What one model of one framework costs on one wire."""

    def __init__(self, framework, name, wire, port):
        self._models = importlib.import_module(f"{framework}_models")
        self._made = functools.partial(self._models.model, name, wire)
        self._server = f"http://127.0.0.1:{port}"
        self._loop = asyncio.Runner()
        self._run = functools.cache(self._ready)

    def cost(self, case, count, repeat):
        """CPU seconds, or bytes for "memory"."""
        run = self._run("text" if case == "memory" else case, count)
        if case == "memory":
            tracemalloc.start()
            run()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return peak
        if case == "async":
            run()  # the connections of the round before have been closed by now
        gc.collect()
        gc.freeze()  # else a full collection of all that the imports made, 100 ms, falls on one case or another
        began = time.process_time()
        for _ in range(repeat):
            run()
        return (time.process_time() - began) / repeat

    def _ready(self, case, count):
        """The function that does it once; done once already, for what only the first time costs."""
        if case == "invoke":
            run = self._models.asking(self._made(f"{self._server}/whole-50"), count)
        elif case == "observed":
            run = self._models.observing(self._made(f"{self._server}/text-{count}"))
        elif case == "async":
            read = self._models.astreaming(self._made(f"{self._server}/async-{count}"))
            run = self._concurrent(read)
        else:
            run = self._models.streaming(self._made(f"{self._server}/{case}-{count}"), case)
        found = run()
        if case in {"text", "observed", "tool"} and found < count:
            raise AssertionError(f"{count} deltas were sent, and only {found} chunks came")
        return run

    def _concurrent(self, read):
        async def together():
            await asyncio.gather(*(read() for _ in range(STREAMS)))

        return lambda: self._loop.run(together())


if __name__ == "__main__":
    contestant = Contestant(*sys.argv[1:])
    for line in sys.stdin:
        print(json.dumps(contestant.cost(**json.loads(line))), flush=True)
