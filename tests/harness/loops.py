"""The event loop that a thread has for code that does not wait."""

import asyncio
from contextlib import contextmanager


@contextmanager
def own_loop():
    """LlamaIndex runs async code in the thread's own loop, which it makes if there is none, and never closes."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio.set_event_loop(None)
