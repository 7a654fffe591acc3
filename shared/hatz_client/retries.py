"""How often to try again, and when: stamina does the waiting, `errors.backoff` the deciding."""

from __future__ import annotations

from typing import Any

import stamina

from hatz_client.errors import backoff


def retrying(max_retries: int) -> Any:
    """Attempts, as stamina makes them: it waits the way the running program does, adds jitter, and obeys `backoff`."""
    return stamina.retry_context(
        on=backoff, attempts=max_retries + 1, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=0.5
    )
