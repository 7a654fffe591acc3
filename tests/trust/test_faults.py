"""Every fault of the table, for every verb of both clients and both integrations, over real sockets."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from hatz_client.connection.http import time_limits
from tests.harness import ways

from . import certificates, faults, wires
from .proxies import Proxy
from .server import Server

pytestmark = pytest.mark.usefixtures("no_waiting")


def cases():
    tables = {**faults.TABLES, **{f"Statuses, {shape}": rows for shape, rows in faults.STATUS.items()}}
    for table, rows in tables.items():
        for row in rows:
            for wire in row.wires if table in faults.TABLES else ("messages",):
                for mode in ("ask", "stream"):
                    if row.gives(mode, wire):
                        yield pytest.param(row, wire, mode, id=f"{table}: {row.name}, {wire}, {mode}")


@pytest.mark.parametrize(("row", "wire", "mode"), list(cases()))
def test_each_fault_gives_what_is_promised(loop, row, wire, mode, monkeypatch, tmp_path):
    if not row.certificate:
        _is_as_promised(loop, row, wire, mode, monkeypatch)
        return
    with certificates.trusted(monkeypatch, tmp_path), ways.Loop() as fresh:
        _is_as_promised(fresh, row, wire, mode, monkeypatch)


def _is_as_promised(loop, row, wire, mode, monkeypatch):
    gives = row.gives(mode, wire)
    if row.patience is not None:
        monkeypatch.setattr(time_limits, "STALL_FACTOR", row.patience)
    found = ways.WHOLE if mode == "ask" else ways.STREAM
    # Where time passes it passes for all verbs at once; each has a server of its own.
    with ThreadPoolExecutor(len(found) if row in faults.TIME else 1) as pool:
        came = dict(zip(found, pool.map(lambda verb: _came(loop, row, wire, verb), found.values()), strict=True))
    assert {name: (outcome.name, requests) for name, (outcome, requests, _) in came.items()} == dict.fromkeys(
        found, (gives.what, gives.requests)
    )
    for name, (outcome, _, connections) in came.items():
        assert gives.connections in (None, connections), name
        _holds(name, outcome, gives, row)


def _came(loop, row, wire, verb):
    tls = certificates.context(row.certificate) if row.certificate else None
    with Server(row.steps, tls) as server, Proxy(row.proxy) as proxy:
        where = row.where.format(port=server.port) or server.base_url
        if where == "nobody":
            where = server.base_url
            server.__exit__()
        settings = {
            "api_key": "k-of-the-tests",
            "base_url": where,
            "endpoint": wire,
            "timeout": 30.0,
            **row.settings,
        }
        if row.proxy:
            settings["proxy"] = proxy.url
        outcome = ways.run(loop, verb, settings)
        # Where time passes, an attempt can end before its request was written: each attempt has a connection, and the kernel takes it.
        requests = server.connections() if row in faults.TIME else len(server.requests)
        return outcome, requests, (proxy if row.proxy else server).accepted


def _holds(name, outcome, gives, row):
    if gives.what == "answer":
        text = wires.TEXT if not gives.calls else ""
        if row.name.startswith("U+2028"):
            text = "a\u2028b\u0085c"
        elif row.name.startswith("one line of"):
            text = "x" * faults.LONG
        elif row.name == "it ends after text, without a terminal event":
            text = "Grüße, 世界"
        assert outcome.text == text, name
        for call, meant in zip(outcome.calls, gives.calls, strict=True):
            # LangChain completes what is cut off unless it cannot: there is one character more, in its streams.
            assert call[0] == meant[0], name
            assert isinstance(call[1], str), name
            assert call[1].startswith(meant[1]), name
        return
    assert gives.says in str(outcome.error), name
    if gives.requests:
        assert outcome.error.request_id, name
    if gives.partial:
        assert outcome.partial == outcome.streamed_text == wires.TEXT[: len(outcome.partial)], name
        assert outcome.partial.startswith("Grüße, "), name
    else:
        assert outcome.partial is None, name
        assert not outcome.streamed_text, name
