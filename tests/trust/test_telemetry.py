"""OpenTelemetry's own instrumentation of httpx sees each request of every verb, as docs/reliability.md shows it."""

import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tests.harness import ways

from . import faults, wires
from .server import RESET, Server, whole

pytestmark = pytest.mark.usefixtures("no_waiting")

KEY = "sk-never-to-be-seen-4711"
HUSH = "header-never-to-be-seen-0815"
SAID = "Words never to be traced."


@pytest.fixture
def spans():
    """What the instrumentation exports; it is put in place after httpx was imported and its connections were made."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    try:
        yield exporter
    finally:
        HTTPXClientInstrumentor().uninstrument()


def test_the_url_of_a_span_has_its_query(loop, spans):
    """As docs/reliability.md says: `default_query` is no place for a secret where something traces httpx."""
    with Server(faults.good) as server:
        settings = {"api_key": KEY, "base_url": server.base_url, "default_query": {"tenant": "1"}}
        ways.run(loop, ways.ALL["Client.ask"], settings, SAID)
    assert f"{server.base_url}/anthropic/messages?tenant=1" in spans.get_finished_spans()[0].attributes.values()


@pytest.mark.parametrize("verb", ways.ALL)
def test_each_attempt_is_a_span_with_its_status_and_without_secrets(loop, spans, verb):
    def acts(asked):
        match asked.number:
            case 1:
                return [whole({"error": {"message": "busy"}}, 503)]
            case 2:
                return [RESET]
            case _:
                return faults.good(asked)

    with Server(acts) as server:
        settings = {"api_key": KEY, "base_url": server.base_url, "default_headers": {"X-Own": HUSH}}
        outcome = ways.run(loop, ways.ALL[verb], settings, SAID)
    assert outcome.text == wires.TEXT
    found = spans.get_finished_spans()
    assert [_status(span) for span in found] == [503, None, 200]
    assert [span.status.status_code for span in found] == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]
    for span in found:
        assert span.kind is SpanKind.CLIENT
        assert span.end_time > span.start_time
        assert "POST" in span.name
        assert f"{server.base_url}/anthropic/messages" in span.attributes.values()
        for secret in (KEY, HUSH, SAID, *wires.PIECES):
            assert secret not in span.to_json(indent=None)
            assert secret.encode("ascii", "backslashreplace").decode() not in span.to_json(indent=None)


def _status(span):
    """The status, under the name of whichever semantic convention is on."""
    return span.attributes.get("http.response.status_code", span.attributes.get("http.status_code"))


def test_the_trace_goes_on_at_the_gateway(loop, spans):
    """Its context is sent along, so that spans of the gateway's would hang under ours."""
    with Server(faults.good) as server:
        for verb in ways.ALL.values():
            assert ways.run(loop, verb, {"api_key": KEY, "base_url": server.base_url}).error is None
    sent = [asked.headers["traceparent"].split("-")[1] for asked in server.requests]
    assert sent == [f"{span.context.trace_id:032x}" for span in spans.get_finished_spans()]
