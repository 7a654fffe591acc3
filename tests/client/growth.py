"""Whether time grows in proportion to the input: calls of functions and steps are counted, not seconds."""

import math
import sys
from functools import partial
from itertools import pairwise


def steps(run):
    """How many functions are called and lines are run."""
    counted = 0

    def trace(frame, event, arg):
        nonlocal counted
        counted += 1
        return trace

    def profile(frame, event, arg):
        nonlocal counted
        counted += event == "c_call"

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return counted


def assert_linear(make, run):
    """Run it on inputs of sizes n, 4n and 16n: the steps grow with an exponent below 1.3."""
    counts = [steps(partial(run, make(n))) for n in (40, 160, 640)]
    for one, other in pairwise(counts):
        assert math.log(other / one, 4) < 1.3, counts
