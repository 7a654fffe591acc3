"""The user's own limiter, made by the callable given as `limit`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from pyrate_limiter import AbstractBucket, Limiter, RateItem

from hatz_client.errors import HatzInvalidInputError

_ASYNC = "limit made an async bucket of pyrate-limiter: make a sync one. Async calls ask it in a thread."


class UserBucket:
    """A bucket or a `Limiter` of pyrate-limiter."""

    blocks = True
    failures: tuple[type[Exception], ...] = (Exception,)

    def __init__(self, make: Callable[[str], Any], name: str) -> None:
        made = make(name)
        if not isinstance(made, AbstractBucket | Limiter):
            raise HatzInvalidInputError(
                f"limit is a callable that made a value of type {type(made).__name__}: it takes the bucket's name and makes a bucket or a Limiter "
                "of pyrate_limiter."
            )
        self._made = made
        self._name = name
        self._lock = threading.Lock()
        if getattr(made, "is_async", False):
            raise HatzInvalidInputError(_ASYNC)

    def look(self) -> tuple[int, float]:
        """No time and no pause: the bucket has a clock of its own."""
        return 0, 0.0

    def pause(self, seconds: float) -> None:
        """Nothing to do."""

    def check(self, *_: Any) -> Any:
        """Count one call, if the limit allows it."""
        with self._lock:
            item, bucket = self._item_and_bucket()
            decision = None if isawaitable(bucket) or isawaitable(item) else bucket.put_decision(item)
        for found in (item, bucket, decision):
            if isawaitable(found):
                getattr(found, "close", lambda: None)()
        if decision is None or isawaitable(decision):
            raise HatzInvalidInputError(_ASYNC)
        return decision

    def _item_and_bucket(self) -> tuple[Any, Any]:
        made: Any = self._made
        if isinstance(made, AbstractBucket):
            return RateItem(self._name, made.now()), made  # type: ignore[no-untyped-call]
        item = made.bucket_factory.wrap_item(self._name)
        return item, made.bucket_factory.get(item)
