"""A call that is cancelled while it waits for its answer."""

import asyncio
import time


async def cancel_on_arrival(sandbox, call):
    """Cancels the call as soon as the sandbox has its request."""
    task = asyncio.ensure_future(call)
    await asyncio.to_thread(_wait_for_a_request, sandbox)
    task.cancel()
    await task


def _wait_for_a_request(sandbox):
    until = time.monotonic() + 60
    while not sandbox.requests and time.monotonic() < until:
        time.sleep(0.01)
    assert sandbox.requests
