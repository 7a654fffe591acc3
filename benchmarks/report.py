"""The results as docs/performance.md and docs/performance.svg."""

import os
import platform

import plot
from cases import CASES, FRAMEWORKS, GROWTH, MEMORY, OURS, PEERS, WIRES

TEXT = """# Performance

CPU time of the integrations, compared with the simplest possible model (the *floor*) and with the integrations that people use
today. `make bench` writes this page. A ratio compares with the floor of the same framework, endpoint and round.
Lower is better; below 1.00 means less CPU time than the floor.

![Ratios to the floor, and growth with history and answer](performance.svg)

{tables}
## How it was measured

- Compared are: ours; the peers with the same wire format (`ChatOpenAI` with `use_responses_api=True`, `ChatAnthropic`,
  LlamaIndex's `OpenAIResponses` and `Anthropic`); and the *floor* of each framework (`benchmarks/*_floor.py`): the simplest
  model over httpx. It reads lines, parses each event and makes one chunk per delta, without errors, retries or settings.
- Each runs in its own process. The server is another process on loopback and sends prepared bytes: one HTTP chunk per event,
  as fast as the socket accepts them, over kept-alive connections.
- Measured is the CPU time (user and system) of the client process. In each round every model runs every case, in a different
  order. A ratio is the median of the ratios of the rounds; a time is the median of the rounds.
- The garbage collector runs as in users' programs. *Collections* is how often it ran in one run of the case (all generations; the mean of
  the rounds): floor / ours / peer.
- *import and construct*: a new Python process that imports the class and makes a model; *first call*: one that also asks once. *invoke*: a
  history with tool calls and results, and 5 tools, answered with 50 words (LlamaIndex: `chat` with the result of
  `_prepare_chat_with_tools`). *stream, text*: 1,000 deltas, per delta; *observed*: with a callback attached, as tracing does. *stream, tool
  call*: one call whose arguments come in 500 deltas. *Memory*: the peak of Python's allocations (tracemalloc) while a stream is read
  whose chunks are not kept.
- *first chunk* is wall time: from the moment the server sends the first delta to the moment the caller has it; the median of 30 streams.
- *agent*: LangGraph's `create_agent` and LlamaIndex's `FunctionAgent` until they have called a tool ten times and answered.
- *100* and *1,000 async streams* are open at once in one event loop, with 20 deltas each: the server answers when all requests have arrived.
  httpx checks each connection of a client for each request, so the floor uses clients of eight requests each, as ours does.
- *batch*: 1,000 short calls, 50 at a time, per call. *Without the framework* compares a bare asyncio loop over httpx with `AsyncClient` of
  `hatz_client` and with the official SDK of the endpoint's vendor.
- HatzLLM creates LlamaIndex's spans and events only if a handler listens; the floor, like every LLM with LlamaIndex's decorators,
  always creates them. *stream, text, observed* is the cost with a handler.
- On: {machine}. {rounds}
- With: {versions}.
- Each chunk of LlamaIndex holds the whole text so far, so the bytes that are copied grow with the square of the answer's length,
  for every model.
"""


def write(folder, costs, ratios, collections, shares, versions, *, quick):
    """Write the two files."""
    tables = "".join(table(framework, costs, ratios, collections) for framework in FRAMEWORKS)
    tables += missed(costs, ratios) + growth(costs) + memory(costs) + packages(shares)
    named = {name: number for found in versions.values() for name, number in found.items()}
    two = {name for name in named if len({found[name] for found in versions.values() if name in found}) > 1}
    shown_versions = ", ".join(
        f"{name} " + " / ".join(found[name] for found in versions.values() if name in found)
        if name in two
        else f"{name} {number}"
        for name, number in sorted(named.items())
    )
    machine = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rounds = max(case.rounds for case in CASES)
    rounds = f"{'A quick run, a fifth of ' if quick else ''}{rounds} rounds (fewer for what takes long)."
    text = TEXT.format(tables=tables, machine=machine, rounds=rounds, versions=shown_versions)
    (folder / "performance.md").write_text(text)
    (folder / "performance.svg").write_text(plot.svg(costs, ratios))


def table(framework, costs, ratios, collections):
    ours = OURS[framework]
    rows = [
        f"## {FRAMEWORKS[framework]}\n",
        "| case | endpoint | floor | " + f"{ours} | ratio | target | peer | its ratio | collections |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |",
    ]
    for case in CASES:
        target = case.targets[list(FRAMEWORKS).index(framework)] if case.targets else None
        for wire, wire_name in WIRES.items():
            names = ("floor", ours, PEERS[framework, wire])
            floor, own, peer = keys = [(framework, name, wire, case.key) for name in names]
            met = f"**{ratios[own]:.2f}**" if target and round(ratios[own], 2) <= target else f"{ratios[own]:.2f}"
            wanted = f"≤ {target:.2f}" if target else ""
            per = f", per {case.each}" if case.each else ""
            rows.append(
                f"| {case.title}{per} | {wire_name} | {seconds(costs[floor])} | {seconds(costs[own])} | {met} | {wanted} "
                f"| {PEERS[framework, wire]} | {ratios[peer]:.2f} | {runs_of_collector(case, keys, collections)} |"
            )
    return "\n".join(rows) + "\n\nBold: the target is met.\n\n"


_FRAMEWORK = (
    "The framework and the HTTP library make most of the calls: *without Hatz* in the table of calls is the ratio if Hatz's own "
    "code took no time."
)
MISSED = {
    "import": "Both programs load the framework, which takes nearly all of the time; the integration is loaded in addition.",
    "invoke": 'The floor has no settings, retries, limits or repairs. The table "The calls of Hatz by folder" shows what Hatz calls for them.',
    "agent": "An agent makes ten requests, so the reason is that of *invoke*; the tables of calls have rows for agents too.",
    "tool": _FRAMEWORK,
    "observed": _FRAMEWORK,
    "streams": "A process keeps 20 idle connections, so 80 of 100 streams open a new one; the floor keeps all of them. "
    "An earlier run with 100 idle connections gave ChatHatz 0.95 (Responses) and 0.88 (Messages).",
}
"""Why a target may be missed, by case."""


def missed(costs, ratios):
    """The targets that are missed, with the reason; the target for memory is the floor's."""
    rows = ["## Targets that are missed\n"]
    for case in CASES:
        found = [
            f"{OURS[framework]} {ratio:.2f} instead of {target:.2f} ({wire_name})"
            for framework, target in zip(FRAMEWORKS, case.targets or (), strict=False)
            for wire, wire_name in WIRES.items()
            if round(ratio := ratios[framework, OURS[framework], wire, case.key], 2) > target
        ]
        if found:
            rows.append(f"- *{case.title}*: {', '.join(found)}. {MISSED.get(case.case, '')}".rstrip())
    most = MEMORY[-1]
    found = []
    for framework, name in OURS.items():
        for wire, wire_name in WIRES.items():
            own, floor = (f"{costs[framework, one, wire, most.key] / 1e6:.1f}" for one in (name, "floor"))
            if float(own) > float(floor):
                found.append(f"{name} {own} MB instead of {floor} MB ({wire_name})")
    if found:
        rows.append(
            f"- *memory of {most.count:,} deltas*: {', '.join(found)}. HatzLLM keeps a second copy of the text, for the error of an interrupted stream."
        )
    return "\n".join([*rows, ""]) + "\n" if rows[1:] else ""


def runs_of_collector(case, keys, collections):
    if case.in_new_process or case.case == "first":
        return ""
    return " / ".join(f"{collections[key]:.0f}" for key in keys)


def growth(costs):
    rows = ["## Growth\n", "CPU time per message of the history, and per delta of the answer.\n"]
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


PACKAGES = {
    "framework": ("langchain", "langgraph", "langsmith", "llama_index"),
    "pydantic": ("pydantic",),
    "HTTP": ("httpx", "httpcore", "h11", "anyio", "sniffio"),
    "Hatz": ("hatz_", "langchain_hatz", "llama_index_hatz"),
}


def packages(shares):
    """How many functions are called where: what a model cannot change is its framework, pydantic and HTTP."""
    rows = [
        "## Where the calls are\n",
        "Functions called in one run (per delta in streams), by the package of the caller.",
        "*Without Hatz* is the ratio to the floor's calls if those of Hatz are not counted: what is left if our own code costs nothing.\n",
    ]
    rows.append("| case | model | endpoint | " + " | ".join(PACKAGES) + " | other | without Hatz |")
    rows.append("| --- | --- | --- |" + " ---: |" * (len(PACKAGES) + 2))
    for (framework, name, wire, case), counts in shares.items():
        if name in {"floor", OURS[framework]}:
            shown = f"{FRAMEWORKS[framework]}'s floor" if name == "floor" else name
            found = sums(counts)
            others = sum(found.values()) - found["Hatz"]
            least = "" if name == "floor" else f"{others / sum(shares[framework, 'floor', wire, case].values()):.2f}"
            cells = [case, shown, WIRES[wire], *(f"{number:.0f}" for number in found.values()), least]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n\n" + folders(shares)


FOLDERS = {
    "framework package": ("langchain_hatz", "llama_index_hatz"),
    "integration": ("hatz_client/integration",),
    "wire": ("hatz_client/wire",),
    "operations, runners": ("hatz_client/operations", "hatz_client/runners"),
    "connection": ("hatz_client/connection",),
    "other": ("hatz_client",),
}
"""The columns of Hatz's calls; each call counts in the first that fits."""


def folders(shares):
    """What Hatz's own calls are for, by folder."""
    rows = [
        "The calls of Hatz by folder:\n",
        "- *framework package* (`langchain_hatz`, `llama_index_hatz`): messages of the framework to turns, the answer to a message, tracing;",
        "- *integration*: settings of the model and of the call, tools in their many forms, cache marks;",
        "- *wire*: repair of the history, names that every service accepts, the body, the answer's blocks, usage and finish reason;",
        "- *operations, runners*: retries, other forms of a request after a refusal, errors, cut-off calls, stop sequences, stalls;",
        "- *connection*: the key's check, headers, the connection, limits of time and size, masking of secrets;",
        "- *other*: JSON, and the values of prompts and answers.\n",
        "| case | model | endpoint | " + " | ".join(FOLDERS) + " |",
        "| --- | --- | --- |" + " ---: |" * len(FOLDERS),
    ]
    for (framework, name, wire, case), counts in shares.items():
        if name == OURS[framework]:
            found = dict.fromkeys(FOLDERS, 0)
            for package, count in counts.items():
                if column := next((title for title, names in FOLDERS.items() if package.startswith(names)), None):
                    found[column] += count
            rows.append(
                f"| {case} | {name} | {WIRES[wire]} | {' | '.join(f'{number:.0f}' for number in found.values())} |"
            )
    return "\n".join(rows) + "\n\n"


def sums(counts):
    """The calls of each of the packages, and all others."""
    found = dict.fromkeys([*PACKAGES, "other"], 0)
    for package, count in counts.items():
        kinds = [kind for kind, names in PACKAGES.items() if package.startswith(names)]
        found[kinds[-1] if kinds else "other"] += count
    return found


def seconds(value):
    """Readable: µs, ms or s."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if value * factor >= 1:
            return f"{value * factor:.2f} {unit}" if value * factor < 10 else f"{value * factor:.0f} {unit}"
    return f"{value * 1e6:.1f} µs" if value < 1e-4 else f"{value * 1e6:.0f} µs"
