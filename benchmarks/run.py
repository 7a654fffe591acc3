"""Measure everything: `python benchmarks/run.py [--quick] [--into FOLDER]`; writes docs/performance.md and docs/performance.svg.

The results are kept in .venv-bench/results.json, and `--again` writes the page from them without measuring.

Each contestant is a process of its own that asks the same canned server; the rounds go from one to the next, so that what
else the machine does falls on all of them. Only CPU time of the contestant's process counts.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import report
from cases import CASES, FIRST_CALLS, FRAMEWORKS, GROWTH, IMPORTS, MEMORY, OURS, PEERS, SHARES, WIRES

HERE = Path(__file__).parent
ROOT = HERE.parent
KEPT = ROOT / ".venv-bench" / "results.json"
BEGAN = time.monotonic()


class Worker:
    """A contestant's process."""

    def __init__(self, python, framework, name, wire, port):
        self.key = (framework, name, wire)
        self._process = subprocess.Popen(
            [python, HERE / "worker.py", framework, name, wire, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    def cost(self, case):
        found = self._do({"case": case.case, "count": case.count, "repeat": case.repeat})
        return found["cost"] / case.runs, found["collections"]

    def shares(self, case):
        found = self._do({"case": case.case, "count": case.count, "shares": True})
        return {package: count / case.runs for package, count in found.items()}

    def _do(self, task):
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.key} could not do {task}: see its error above.")
        return json.loads(answer)

    def end(self):
        self._process.stdin.close()
        self._process.wait()


def environment():
    """Without what would send traces or requests elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_PROXY", "_KEY"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # else only the peers have byte code, from when they were installed
    return {**kept, "LANGSMITH_TRACING": "false", "ANTHROPIC_API_KEY": "key", "OPENAI_API_KEY": "key"}


def contestants():
    for framework, wire in itertools.product(FRAMEWORKS, WIRES):
        for name in ("floor", OURS[framework], PEERS[framework, wire]):
            yield framework, name, wire


def python_of(framework):
    for place in ("bin/python", "Scripts/python.exe"):
        if (found := ROOT / ".venv-bench" / framework / place).exists():
            return found
    raise SystemExit("Say `make bench`: it makes the two environments that are measured in.")


def count_of(case, quick):
    """How many rounds a case has."""
    return max(case.rounds // 5, 1) if quick else case.rounds


def rounds(workers, cases, quick, results):
    """Each case's rounds by all workers, each round beginning with another worker."""
    count = max(count_of(case, quick) for case in cases)
    for number in range(count):
        print(f"round {number + 1} of {count}, after {time.monotonic() - BEGAN:.0f} s", file=sys.stderr)
        for case in (case for case in cases if number < count_of(case, quick)):
            for place in range(len(workers)):
                worker = workers[(place + number) % len(workers)]
                results.setdefault((*worker.key, case.key), []).append(worker.cost(case))


def new_processes(cases, quick, port, results):
    """The CPU time of new processes; the first of each, which writes byte code, does not count."""
    for case, (framework, name) in itertools.product(cases, IMPORTS):
        wires = [wire for wire in WIRES if name not in PEERS.values() or PEERS[framework, wire] == name]
        for wire in wires if case.case == "call" else wires[:1]:
            where = {"name": name, "wire": wire, "url": f"http://127.0.0.1:{port}/whole-50"}
            code = FIRST_CALLS[framework].format(**where) if case.case == "call" else IMPORTS[framework, name]
            costs = [new_process(framework, code) for _ in range(count_of(case, quick) + 1)][1:]
            for each in [wire] if case.case == "call" else wires:
                results[framework, name, each, case.key] = [(cost, 0) for cost in costs]


def new_process(framework, code):
    """The CPU seconds of a new process that runs this code."""
    process = subprocess.Popen([python_of(framework), "-c", code], env={**environment(), "PYTHONPATH": str(HERE)})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"This could not be run: {code}")
    return usage.ru_utime + usage.ru_stime


def measured(quick):
    """The (cost, collections) of all rounds, by (framework, contestant, wire, case); and the calls by package."""
    results = {}
    with subprocess.Popen([sys.executable, HERE / "server.py"], stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline())
            new_processes([case for case in CASES if case.in_new_process], quick, port, results)
            workers = [Worker(python_of(who[0]), *who, port) for who in contestants()]
            rounds(workers, [case for case in CASES if not case.in_new_process], quick, results)
            growth = [case for cases in GROWTH.values() for case in (cases[:2] if quick else cases)]
            rounds(workers, growth, quick, results)
            rounds(workers, MEMORY, quick, results)
            shares = [[*worker.key, case.key, worker.shares(case)] for case in SHARES for worker in workers]
            for worker in workers:
                worker.end()
        finally:
            server.kill()
    return results, shares


def versions():
    """The versions that were compared, by framework."""
    code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    found = {}
    for framework in FRAMEWORKS:
        lines = (HERE / f"requirements-{framework}.txt").read_text().split()
        names = [line.partition("==")[0] for line in lines]
        found[framework] = json.loads(subprocess.check_output([python_of(framework), "-c", code, *names], text=True))
    return found


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--quick", action="store_true", help="a fifth of the rounds")
    arguments.add_argument(
        "--into", type=Path, default=ROOT / "docs", help="the folder that the results are written to"
    )
    arguments.add_argument("--again", action="store_true", help="write the page from the last results")
    given = arguments.parse_args()
    if not given.again:
        results, shares = measured(given.quick)
        found = [[*key, values] for key, values in results.items()]
        KEPT.write_text(json.dumps({"quick": given.quick, "versions": versions(), "results": found, "shares": shares}))
    kept = json.loads(KEPT.read_text())
    results = {tuple(key): values for *key, values in kept["results"]}
    costs = {key: statistics.median(cost for cost, _ in values) for key, values in results.items()}
    collections = {key: statistics.mean(count for _, count in values) for key, values in results.items()}
    ratios = {
        key: statistics.median(
            ours / floor for (ours, _), (floor, _) in zip(values, results[key[0], "floor", *key[2:]], strict=True)
        )
        for key, values in results.items()
    }
    shares = {tuple(key): counts for *key, counts in kept["shares"]}
    report.write(given.into, costs, ratios, collections, shares, kept["versions"], quick=kept["quick"])
    print((given.into / "performance.md").read_text())


if __name__ == "__main__":
    main()
