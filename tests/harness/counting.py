"""What code costs, counted and not timed: the calls of Python and C functions."""

import contextlib
import gc
import sys


@contextlib.contextmanager
def counted():
    """Counts the functions that this thread calls within: the list's only item."""
    counts = [0]

    def counting(_, event, __):
        if event in {"call", "c_call"}:
            counts[0] += 1

    gc.collect()
    gc.disable()
    sys.setprofile(counting)
    try:
        yield counts
    finally:
        sys.setprofile(None)
        gc.enable()


def calls(run):
    """How many functions `run` calls in this thread."""
    with counted() as counts:
        run()
    return counts[0]


def per_item(run, few, many):
    """What each further item costs."""
    for count in (few, many):
        run(count)  # what only the first time costs
    return (calls(lambda: run(many)) - calls(lambda: run(few))) / (many - few)
