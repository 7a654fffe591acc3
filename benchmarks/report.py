"""The results as docs/performance.md and docs/performance.svg."""

import os
import platform

import plot
from cases import CASES, FRAMEWORKS, GROWTH, MEMORY, OURS, PEERS, WIRES

TEXT = """# Performance

What the integrations cost in CPU time, beside the plainest possible model and the integrations that people use today. Written by
`make bench`; ratios are to that plainest model, the *floor*, of the same framework on the same endpoint in the same round.
Lower is better; below 1.00 means less CPU time than the plainest model.

![Ratios to the floor, and growth with history and answer](performance.svg)

{tables}
## How it was measured

- The contestants: ours; the peers that speak the same wire format (`ChatOpenAI` with `use_responses_api=True`, `ChatAnthropic`,
  LlamaIndex's `OpenAIResponses` and `Anthropic`); and the *floor* of each framework (`benchmarks/*_floor.py`): the plainest
  model over httpx. It reads lines, parses each event and makes one chunk of each delta: no errors, no retries, no settings.
- Each is a process of its own. They ask one server on loopback, another process, which answers with bytes made beforehand:
  each event is an HTTP chunk of its own, written as fast as the socket takes it; connections are kept alive.
- What counts is the CPU time (user and system) of the contestant's process. Each round has every contestant do every case,
  in another order; a ratio is the median over the rounds of the ratios within a round, a time is the median over the rounds.
- *import and construct*: a new Python process that imports the class and makes a model. *invoke*: a history with tool
  calls and results in it, and 5 tools, answered with 50 words (LlamaIndex: `chat` with what `_prepare_chat_with_tools` made).
  *stream, text*: 1,000 deltas, per delta; *observed*: with a callback attached, as tracing does. *stream, tool call*: one call
  whose arguments come in 500 deltas. *100 async streams*: 100 at once in one event loop, of 50 deltas each. *Memory*: the most that Python had allocated at a time, by tracemalloc,
  while a stream is read whose chunks are not kept.
- Garbage is collected before each measurement, and while it runs as Python does by default (of what is new; `gc.freeze`).
- HatzLLM makes LlamaIndex's spans and events only where somebody observes; the floor, as every LLM with LlamaIndex's decorators,
  makes them for nobody too. *stream, text, observed* is what both cost when somebody does.
- In *100 async streams* the server answers when all have asked, so that all are open at once: what the floor pays there is httpx's pool,
  which looks at each of its connections for each request (ours shares connections in small pools).
- On: {machine}. {rounds}
- With: {versions}.
- LlamaIndex's chunks each hold the whole text so far, so that what must be copied grows with the square of the answer's length,
  in every contestant.
"""


def write(folder, costs, ratios, versions, *, quick):
    """Write the two files."""
    tables = "".join(table(framework, costs, ratios) for framework in FRAMEWORKS)
    tables += growth(costs) + memory(costs)
    named = {name: number for found in versions.values() for name, number in found.items()}
    two = {name for name in named if len({found[name] for found in versions.values() if name in found}) > 1}
    said = ", ".join(
        f"{name} " + " / ".join(found[name] for found in versions.values() if name in found)
        if name in two
        else f"{name} {number}"
        for name, number in sorted(named.items())
    )
    machine = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rounds = "A quick run: few rounds." if quick else "15 rounds (9 for imports, 5 for async streams, 3 for growth)."
    text = TEXT.format(tables=tables, machine=machine, rounds=rounds, versions=said)
    (folder / "performance.md").write_text(text)
    (folder / "performance.svg").write_text(plot.svg(costs, ratios))


def table(framework, costs, ratios):
    ours = OURS[framework]
    rows = [
        f"## {FRAMEWORKS[framework]}\n",
        "| case | endpoint | floor | " + f"{ours} | ratio | target | peer | its ratio |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    for case in CASES:
        target = case.targets[list(FRAMEWORKS).index(framework)] if case.targets else None
        for wire, wire_name in WIRES.items():
            floor, own, peer = ((framework, name, wire, case.key) for name in ("floor", ours, PEERS[framework, wire]))
            met = f"**{ratios[own]:.2f}**" if target and ratios[own] <= target else f"{ratios[own]:.2f}"
            wanted = f"≤ {target:.2f}" if target else ""
            per = f", per {case.each}" if case.each else ""
            rows.append(
                f"| {case.title}{per} | {wire_name} | {seconds(costs[floor])} | {seconds(costs[own])} | {met} | {wanted} "
                f"| {PEERS[framework, wire]} | {ratios[peer]:.2f} |"
            )
    return "\n".join(rows) + "\n\nBold: the target is met.\n\n"


def growth(costs):
    rows = ["## Growth\n", "CPU time per message of history, and per delta of an answer.\n"]
    for title, cases in GROWTH.items():
        there = [case for case in cases if ("langchain", "floor", "responses", case.key) in costs]
        rows.append(f"| {title} | endpoint | " + " | ".join(f"{case.count:,}" for case in there) + " |")
        rows.append("| --- | --- |" + " ---: |" * len(there))
        for framework in FRAMEWORKS:
            for wire, wire_name in WIRES.items():
                for name in ("floor", OURS[framework], PEERS[framework, wire]):
                    found = [costs[framework, name, wire, case.key] / case.count for case in there]
                    shown = f"{FRAMEWORKS[framework]}'s floor" if name == "floor" else name
                    rows.append(f"| {shown} | {wire_name} | " + " | ".join(map(seconds, found)) + " |")
        rows.append("")
    return "\n".join(rows) + "\n"


def memory(costs):
    rows = ["## Memory\n", "The peak while a stream of so many deltas is read.\n"]
    rows.append("| model | endpoint | " + " | ".join(f"{case.count:,}" for case in MEMORY) + " |")
    rows.append("| --- | --- |" + " ---: |" * len(MEMORY))
    for framework in FRAMEWORKS:
        for wire, wire_name in WIRES.items():
            for name in ("floor", OURS[framework], PEERS[framework, wire]):
                found = [costs[framework, name, wire, case.key] / 1e6 for case in MEMORY]
                shown = f"{FRAMEWORKS[framework]}'s floor" if name == "floor" else name
                rows.append(f"| {shown} | {wire_name} | " + " | ".join(f"{size:.1f} MB" for size in found) + " |")
    return "\n".join(rows) + "\n\n"


def seconds(value):
    """Readable: µs, ms or s."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if value * factor >= 1:
            return f"{value * factor:.2f} {unit}" if value * factor < 10 else f"{value * factor:.0f} {unit}"
    return f"{value * 1e6:.1f} µs" if value < 1e-4 else f"{value * 1e6:.0f} µs"
