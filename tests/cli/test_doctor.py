"""`hatz doctor`: what it finds with everything right, and with each thing wrong that a new user meets."""

import json
import socket

import httpx
import pytest

from hatz_cli.doctor import answers, local, network
from hatz_cli.doctor.check import BUDGET, Check, Context, Finding, run_checks
from hatz_cli.exchange import Gateway, Request
from hatz_client import Model
from hatz_client.connection.httpx_clients import certificates
from tests.trust.certificates import context, trusted
from tests.trust.proxies import PASSWORD, Proxy
from tests.trust.server import Server, chunk, head, whole

KEY = "key-never-to-be-seen-4711"
SCREEN = 24


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def look(hatz, monkeypatch):
    """Runs the doctor against an address; gives its exit code and what it said of each check."""

    def run(base_url, *arguments, key=KEY, **environment):
        monkeypatch.setenv("HATZ_BASE_URL", base_url)
        if key is not None:
            monkeypatch.setenv("HATZ_API_KEY", key)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        shown = hatz("doctor", *arguments)
        assert KEY not in shown.out + shown.err
        assert len((shown.out + shown.err).splitlines()) <= SCREEN
        done = hatz("doctor", "--json", *arguments)
        assert done.code == shown.code
        return done.code, {check["check"]: check for check in json.loads(done.out)["checks"]}

    return run


def failed(checks):
    return [name for name, check in checks.items() if check["status"] == "fail"]


def test_with_everything_right(hatz, hatz_sandbox):
    done = hatz("doctor")
    assert done.code == 0
    assert "This sends 7 tiny requests for answers, about 400 tokens in all; --offline sends none." in done.err
    assert done.out.endswith("All checks passed.\n")
    assert len(done.out.splitlines()) == 23
    generated = [request for request in hatz_sandbox.requests if request.body and request.body != {}]
    assert {request.body["model"] for request in generated} == {"amazon.nova-2-lite-v1:0"}
    assert len([request for request in generated if not request.path.endswith("count_tokens")]) == 7


def test_what_was_found_stands_in_one_column(hatz, hatz_sandbox):
    checks = json.loads(hatz("doctor", "--json").out)["checks"]
    lines = hatz("doctor").out.splitlines()[: len(checks)]
    column = len("ok   ") + max(len(check["check"]) for check in checks) + 1
    assert {line[column - 1] for line in lines} == {" "}
    assert " " not in {line[column] for line in lines}


def test_offline_sends_nothing(hatz, hatz_sandbox):
    assert hatz("doctor", "--offline").code == 0
    assert hatz_sandbox.requests == []


def test_a_model_can_be_named(hatz, hatz_sandbox):
    assert "13 models; the checks below use gpt-5.2" in hatz("doctor", "--model", "gpt-5.2").out
    done = hatz("doctor", "--model", "no-such-model")
    assert done.code == 1
    assert "no-such-model is not one of them" in done.out


def test_without_a_key(look, hatz_sandbox, monkeypatch):
    monkeypatch.delenv("HATZ_API_KEY")
    code, checks = look(hatz_sandbox.base_url, key=None)
    assert code == 1
    assert failed(checks) == ["key"]
    assert "export HATZ_API_KEY=" in checks["key"]["cure"]


def test_with_a_wrong_key(look, hatz_sandbox):
    code, checks = look(hatz_sandbox.base_url)
    assert code == 1
    assert failed(checks) == ["models"]
    assert "does not accept the key" in checks["models"]["detail"]
    assert "Copy the key again" in checks["models"]["cure"]


@pytest.mark.parametrize(("wrong", "reason"), [("clé", "plain ASCII"), ('"key"', "quotation marks")])
def test_with_a_key_that_cannot_be_sent(look, hatz_sandbox, wrong, reason):
    _, checks = look(hatz_sandbox.base_url, key=wrong)
    assert failed(checks) == ["key"]
    assert reason in checks["key"]["detail"]


def test_without_a_network(look):
    """The name of a host that does not exist: the domain `invalid` has none."""
    code, checks = look("https://gateway.invalid/v1")
    assert code == 1
    assert failed(checks) == ["dns"]
    assert "online" in checks["dns"]["cure"]
    assert checks["token count"]["status"] == "skip"


def test_where_nothing_listens(look):
    _, checks = look(f"http://127.0.0.1:{free_port()}/v1")
    assert failed(checks) == ["connection"]
    assert "nothing listens" in checks["connection"]["detail"]
    assert "HATZ_BASE_URL" in checks["connection"]["cure"]


def test_with_a_dead_proxy(look):
    _, checks = look("https://ai.hatz.ai/v1", HTTPS_PROXY=f"http://user:{PASSWORD}@127.0.0.1:{free_port()}")
    assert failed(checks) == ["connection"]
    assert "no connection through the proxy http://127.0.0.1:" in checks["connection"]["detail"]
    assert PASSWORD not in json.dumps(checks)
    assert "HTTPS_PROXY" in checks["connection"]["cure"]


def test_with_a_proxy_that_says_no(look):
    with Proxy(407) as proxy:
        _, checks = look("https://ai.hatz.ai/v1", HATZ_PROXY=proxy.url)
    assert failed(checks) == ["connection"]
    assert "407" in checks["connection"]["detail"]
    assert "HATZ_PROXY" in checks["connection"]["cure"]
    assert PASSWORD not in json.dumps(checks)


def test_with_a_proxy_that_is_no_url(look):
    _, checks = look("https://ai.hatz.ai/v1", HATZ_PROXY="proxy.example:8080")
    assert failed(checks) == ["proxy"]
    assert "Correct HATZ_PROXY" in checks["proxy"]["cure"]


@pytest.mark.parametrize(
    ("kind", "cure"),
    [("untrusted", "SSL_CERT_FILE"), ("expired", "clock"), ("of another host", "HATZ_BASE_URL")],
)
def test_with_a_certificate_that_is_not_trusted(look, kind, cure, tmp_path, monkeypatch):
    with trusted(monkeypatch, tmp_path), Server(None, context(kind)) as server:
        _, checks = look(server.base_url)
    assert failed(checks) == ["connection"]
    assert "the certificate is not trusted" in checks["connection"]["detail"]
    assert cure in checks["connection"]["cure"]


def test_with_https_where_there_is_none(look):
    with Server(None) as server:
        _, checks = look(server.base_url.replace("http:", "https:"))
    assert failed(checks) == ["connection"]
    assert "no TLS" in checks["connection"]["detail"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (whole("<html>Welcome</html>", 200, "text/html"), "this is not the list of models"),
        (whole("<html>Not here</html>", 404, "text/html"), "404"),
        (whole("", 302, Location="https://elsewhere.example/"), "redirects to https://elsewhere.example/"),
        (whole({"object": "list"}, 200), "this is not the list of models"),
    ],
)
def test_with_an_address_where_something_else_is(look, answer, said):
    with Server(lambda _: [answer]) as server:
        _, checks = look(server.base_url)
    assert failed(checks) == ["gateway"]
    assert said in checks["gateway"]["detail"]
    assert "end in /v1" in checks["gateway"]["cure"]


def test_with_an_address_without_its_version(look, hatz_sandbox):
    _, checks = look(hatz_sandbox.base_url.removesuffix("/v1"), key=hatz_sandbox.api_key)
    assert failed(checks) == ["gateway"]
    assert "end in /v1" in checks["gateway"]["cure"]


def test_an_address_that_is_no_url_is_said(hatz, monkeypatch):
    monkeypatch.setenv("HATZ_BASE_URL", "ai.hatz.ai")
    done = hatz("doctor")
    assert done.code == 2
    assert "Correct the environment variable HATZ_BASE_URL" in done.err


def test_the_clock_is_compared(look):
    with Server(lambda _: [whole({"data": []}, Date="Sat, 03 Feb 2001 04:05:06 GMT")]) as server:
        _, checks = look(server.base_url)
    assert checks["clock"]["status"] == "warn"
    assert "Set the clock" in checks["clock"]["cure"]
    assert failed(checks) == ["models"]
    assert "enable models" in checks["models"]["cure"]


def test_credits_that_are_used_up(look):
    with Server(lambda _: [whole({"detail": "Usage limit reached"}, 429)]) as server:
        _, checks = look(server.base_url)
    assert failed(checks) == ["models"]
    assert "Usage limit reached" in checks["models"]["detail"]


def test_one_endpoint_that_fails_does_not_stop_the_others(hatz, hatz_sandbox):
    hatz_sandbox.fail(403, path="/openai/responses")
    hatz_sandbox.fail(503, path="/anthropic/messages", times=1)
    done = hatz("doctor", "--json")
    checks = {check["check"]: check for check in json.loads(done.out)["checks"]}
    assert done.code == 1
    assert checks["chat: non-streaming"]["status"] == "ok"
    assert checks["messages: streaming"]["status"] == "ok"
    assert checks["messages: non-streaming"]["status"] == "fail"


def test_a_check_whose_need_failed_is_skipped_and_what_needs_it_too():
    checks = [
        Check("one", lambda _: Finding("fail", "no")),
        Check("two", lambda _: Finding("ok", "yes"), ("one",)),
        Check("three", lambda _: Finding("ok", "yes"), ("two",)),
        Check("four", lambda _: Finding("ok", "yes")),
    ]
    found = [finding.status for _, finding in run_checks(checks, Context("https://gateway.example/v1", KEY))]
    assert found == ["fail", "skip", "skip", "ok"]


def test_no_check_begins_when_the_time_is_up():
    late = Context("https://gateway.example/v1", KEY)
    late.began -= BUDGET
    ((_, finding),) = run_checks([Check("late", lambda _: Finding("ok", ""), ("early",))], late)
    assert finding.status == "skip"
    assert "too long" in finding.detail


@pytest.mark.parametrize(
    ("names", "smallest"),
    [
        (["gpt-5.5", "gpt-4o-mini", "gpt-5-nano"], "gpt-5-nano"),
        (["anthropic.claude-opus-4-7", "anthropic.claude-haiku-4-5"], "anthropic.claude-haiku-4-5"),
        (["auto", "google.gemini-3.1-flash-image-preview", "gpt-5.5"], "gpt-5.5"),
        (["minimax.minimax-m2", "gpt-4o-mini"], "gpt-4o-mini"),
        (["auto"], None),
        ([], None),
    ],
)
def test_the_smallest_model_is_chosen_by_its_name(names, smallest):
    assert answers.cheapest(tuple(Model(name) for name in names)) == smallest


def test_needs_are_names_of_earlier_checks():
    seen = set()
    for check in (*local.CHECKS, *network.CHECKS, *answers.CHECKS):
        assert set(check.needs) <= seen
        seen.add(check.name)


def test_a_list_of_models_that_fails_the_second_time(look):
    answers_of = [whole({"data": [{"name": "gpt-5.2"}]}), whole({}, 500)]
    with Server(lambda asked: [answers_of[(asked.number - 1) % 2]]) as server:
        code, checks = look(server.base_url)
    assert code == 1
    assert checks["models"]["detail"].startswith("500")
    assert len(checks) == len((*local.CHECKS, *network.CHECKS, *answers.CHECKS))


@pytest.mark.parametrize("proxy", ["http://[::1", "http://a..b:80"])
def test_with_a_proxy_of_the_environment_that_is_no_url(look, proxy):
    code, checks = look("https://gateway.invalid/v1", HTTPS_PROXY=proxy)
    assert (code, failed(checks)) == (1, ["dns"])
    assert "HTTPS_PROXY" in checks["dns"]["cure"]


@pytest.mark.parametrize("path", ["/nonexistent.pem", __file__])
def test_with_certificates_that_cannot_be_read(look, path):
    certificates.cache_clear()
    _, checks = look(f"http://127.0.0.1:{free_port()}/v1", SSL_CERT_FILE=path)
    assert failed(checks) == ["connection"]
    assert f"SSL_CERT_FILE='{path}'" in checks["connection"]["detail"]
    assert "environment variable" in checks["connection"]["cure"]


def test_a_limit_that_is_wrong_does_not_stop_the_checks(look, hatz_sandbox):
    code, checks = look(hatz_sandbox.base_url, key=hatz_sandbox.api_key, HATZ_LIMIT="0/second")
    assert code == 1
    assert "HATZ_LIMIT contains a 0" in checks["models"]["detail"]


def test_a_response_that_never_ends():
    drip = [head(), *(step for _ in range(100) for step in (chunk(b" "), 0.05))]
    with Server(lambda _: drip) as server, Gateway(server.base_url, KEY, timeout=1.0, total=0.3) as gateway:
        exchange = gateway.send(Request("/chat/models", method="GET"))
    assert isinstance(exchange.problem, httpx.ReadTimeout)
    assert exchange.seconds < 2.0
