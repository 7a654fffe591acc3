"""Run the engines of examples/scale against the sandbox and print a table: `make scale` (ARGS="--rows 300 --engines dask").

Each engine asks for every row of a table on a sandbox with a limit, while one of the worker processes that the engine started is
killed. If the job fails, it is started again, as a user would. Then it asks once more without limit, with the package and with a
bare loop of asyncio and httpx: CPU time of the workers, each worker's first batch left out (it imports).
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from hatz_sandbox import Question, Sandbox, ToolCall

ROOT = Path(__file__).parents[1]
ENGINES = {
    # name: (module, function, what the command line of a worker looks like)
    "ray": ("ray_data", "chain", r"ray::MapBatches"),
    "dask": ("dask_futures", "chain", r"multiprocessing.*spawn_main|multiprocessing\.forkserver"),
    "daft": ("daft_frame", "llm", r"daft.*udf|udf_worker"),
    "spark": ("spark", "chain", r"pyspark\.daemon|pyspark/daemon"),
}
HEAD = (
    "| engine | rows right | lost | asked twice | requests per row | started | rows per CPU second | bare loop |\n"
    + "|---" * 8
    + "|"
)


def answer(question: Question) -> str | ToolCall:
    number = int(re.search(r"[Tt]icket (\d+)", question.text)[1])
    if question.tools:
        return ToolCall(question.tools[0].name, {"number": number, "topic": "billing"})
    return f'{{"number": {number}}}'


def missing(name: str) -> str:
    """What this engine needs and this machine does not have."""
    if not (ROOT / f".venv-scale/{name}/bin/python").exists():
        return f"no environment: make .venv-scale/{name}/installed"
    if name == "spark" and not shutil.which("java"):
        return "no Java (Debian: apt-get install openjdk-17-jre-headless)"
    return ""


def descendants(pid: int) -> list[int]:
    """The processes that this one started, and theirs, deepest last."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found[1:]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


class Job:
    """One engine with one function."""

    def __init__(self, name: str, folder: Path, function: str | None = None) -> None:
        self.name = name
        self.module, usual, self.worker = ENGINES[name]
        self.function = function or usual
        self.target = folder / f"{name}-{self.function}-{time.time_ns()}"
        self.cpu = folder / f"{self.target.name}.cpu"
        self.cpu.touch()
        self.source = folder / "tickets.parquet"
        self.killed = 0

    def run(self, sandbox: Sandbox, limit: str = "", kill_after: int = 0) -> int:
        """Start the engine; the number of starts that it took."""
        path = os.pathsep.join(str(ROOT / part) for part in ("examples/scale", "benchmarks"))
        environment = {**os.environ, "PYTHONPATH": path, "SCALE_CPU": str(self.cpu), "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
                       "HATZ_BASE_URL": sandbox.base_url, "HATZ_API_KEY": sandbox.api_key, "DAFT_PROGRESS_BAR": "0"}  # fmt: skip
        if limit:
            environment["HATZ_LIMIT"] = limit
        python = str(ROOT / f".venv-scale/{self.name}/bin/python")
        command = [
            python,
            str(ROOT / "benchmarks/scale_worker.py"),
            self.module,
            str(self.source),
            str(self.target),
            self.function,
        ]
        for start in range(1, 5):
            with tempfile.TemporaryFile() as output:
                process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
                if kill_after and not self.killed:
                    threading.Thread(target=self._kill, args=(process, sandbox, kill_after), daemon=True).start()
                if process.wait(timeout=1800) == 0:
                    return start
                output.seek(0)
                print(
                    f"  {self.name} failed, it is started again:",
                    output.read().decode(errors="replace").strip().splitlines()[-1:],
                )
        raise SystemExit(f"{self.name} failed four times")

    def _kill(self, process: subprocess.Popen, sandbox: Sandbox, after: int) -> None:
        while process.poll() is None and not self.killed:
            time.sleep(0.05)
            if sandbox.budget.answers >= after:
                workers = [pid for pid in descendants(process.pid) if re.search(self.worker, command_line(pid))]
                if workers:
                    os.kill(workers[-1], signal.SIGKILL)
                    self.killed = workers[-1]

    def right(self) -> int:
        """How many rows have the answer to their own text."""
        table = ds.dataset(self.target, exclude_invalid_files=True).to_table(["id", "answer"]).to_pylist()
        return len({row["id"] for row in table if row["answer"] and json.loads(row["answer"])["number"] == row["id"]})

    def rows_per_cpu_second(self) -> float:
        notes = [json.loads(line) for line in self.cpu.read_text().splitlines()]
        first = {pid: at for at, (pid, *_) in reversed(list(enumerate(notes)))}
        later = [note for at, note in enumerate(notes) if at not in first.values()] or notes
        return sum(rows for _, _, rows in later) / sum(seconds for _, seconds, _ in later)


def redis_url(folder: Path) -> str:
    """A Redis server of our own; empty if there is none."""
    if not shutil.which("redis-server"):
        print("no redis-server (Debian: apt-get install redis-server): the limit is kept in a SQLite file")
        return ""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    import atexit

    atexit.register(server.kill)
    time.sleep(0.5)
    return f"redis://127.0.0.1:{port}/0"


def measure(name: str, folder: Path, rows: int, rate: int, place: str) -> str:
    with Sandbox(limit=f"{rate}/second", max_requests=1) as sandbox:
        sandbox.answer(answer)
        job = Job(name, folder)
        starts = job.run(sandbox, f"{rate}/second {place}", kill_after=rows * 2 // 5)
        budget, right = sandbox.budget, job.right()
        requests = (budget.answers + budget.refusals) / rows
        twice = budget.repeats
        if not job.killed:
            print(f"  {name}: no worker process was found to be killed")
    speeds = []
    for function in (None, "bare"):
        with Sandbox(max_requests=1) as sandbox:
            sandbox.answer(answer)
            plain = Job(name, folder, function)
            plain.run(sandbox)
            speeds.append(plain.rows_per_cpu_second())
    return f"| {name} | {right} | {rows - right} | {twice} | {requests:.2f} | {starts} | {speeds[0]:.0f} | {speeds[1]:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rate", type=int, default=100, help="requests per second that the sandbox grants")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ids = list(range(options.rows))
        pq.write_table(
            pa.table({"id": ids, "text": [f"Ticket {n}: the invoice is wrong" for n in ids]}),
            folder / "tickets.parquet",
        )
        place = redis_url(folder) or f"sqlite:///{folder}/limits.db"
        lines = []
        for engine in options.engines:
            if reason := missing(engine):
                print(f"{engine} is skipped: {reason}")
                continue
            print(f"{engine} …", flush=True)
            lines.append(measure(engine, folder, options.rows, options.rate, place))
            print(lines[-1], flush=True)
        print("\n".join(["", HEAD, *lines]))
        if any(f"| {options.rows} | 0 |" not in line for line in lines):
            sys.exit("rows were lost")


if __name__ == "__main__":
    main()
