"""Both clients behind one face: each call is run to its end."""

import asyncio
import inspect

from hatz_client import AsyncClient, Client


class Sync:
    """`Client`; what it iterates over comes as a list."""

    def __init__(self, sandbox, **settings):
        self.client = Client(sandbox.api_key, sandbox.base_url, **settings)

    def __getattr__(self, verb):
        def call(*args, **options):
            return _to_list(getattr(self.client, verb)(*args, **options))

        return call

    def job(self, job, verb, **options):
        """Run a job's method."""
        return _to_list(getattr(job, verb)(**options))


class Async:
    """The same of `AsyncClient`, each in an event loop of its own."""

    def __init__(self, sandbox, **settings):
        self.client = AsyncClient(sandbox.api_key, sandbox.base_url, **settings)

    def __getattr__(self, verb):
        def call(*args, **options):
            return asyncio.run(_to_end(getattr(self.client, verb)(*args, **options)))

        return call

    def job(self, job, verb, **options):
        """Run a job's method."""
        return asyncio.run(_to_end(getattr(job, verb)(**options)))


def _to_list(found):
    return list(found) if inspect.isgenerator(found) else found


async def _to_end(found):
    return await found if inspect.isawaitable(found) else [one async for one in found]
