"""The probe from its announcement to its report."""

import json

import pytest

from hatz_cli.exchange import Exchange, Gateway, Request
from hatz_cli.probe import masking, report
from hatz_cli.probe.question import NO_ANSWER, Claim, Question, Verdict, messages, responses
from hatz_cli.probe.questions import QUESTIONS
from hatz_cli.probe.run import Answer, ask_all, plan, requests, tokens
from tests.trust.server import CLOSE, Server, whole

KEY = "key-never-to-be-seen-4711"


def probe(hatz, *arguments):
    return hatz("doctor", "--probe", "gpt-4o-mini", "--only", "stop", *arguments)


def test_it_says_what_it_will_do_and_does_nothing_without_a_yes(hatz, hatz_sandbox):
    done = probe(hatz)
    assert done.code == 2
    assert "3 questions" in done.err
    assert "at most 6 requests, about 320 tokens" in done.err
    assert "add --yes" in done.err
    assert hatz_sandbox.requests == []


def test_it_asks_the_smallest_model_unless_one_is_named(hatz, hatz_sandbox):
    hatz("doctor", "--probe", "--yes", "--only", "messages-stop")
    assert hatz_sandbox.last_request.body["model"] == "amazon.nova-2-lite-v1:0"


def test_answers_in_a_pipe_are_tab_separated(hatz, hatz_sandbox):
    done = probe(hatz, "--yes")
    assert done.code == 0
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [row[:3] for row in rows] == [
        ["messages-stop", "gpt-4o-mini", "works"],
        ["responses-stop", "gpt-4o-mini", "ignored"],
        ["chat-stop", "gpt-4o-mini", "ignored"],
    ]
    assert "3 of 3 questions were answered" in done.err


def test_a_report_is_written_and_compared(hatz, hatz_sandbox, tmp_path):
    file = tmp_path / "report.json"
    assert probe(hatz, "--yes", "--report", file).code == 0
    assert "Nothing changed" in probe(hatz, "--yes", "--compare", file).err
    before = json.loads(file.read_text())
    assert [entry["verdict"] for entry in before["answers"]] == ["works", "ignored", "ignored"]
    before["answers"][1]["verdict"] = "works"
    file.write_text(json.dumps(before))
    assert probe(hatz, "--yes", "--compare", file).out.splitlines()[-1] == "responses-stop\tgpt-4o-mini\tworks\tignored"
    changes = json.loads(probe(hatz, "--yes", "--json", "--compare", file).out)["changes"]
    assert changes == [{"id": "responses-stop", "model": "gpt-4o-mini", "before": "works", "now": "ignored"}]


def test_what_is_no_report_is_said_before_anything_is_sent(hatz, hatz_sandbox, tmp_path):
    file = tmp_path / "other.json"
    file.write_text("[]")
    for given, said in ((file, "is not a report"), (tmp_path / "none.json", "cannot be read")):
        done = probe(hatz, "--yes", "--compare", given)
        assert done.code == 2
        assert said in done.err
    assert hatz_sandbox.requests == []


def test_a_question_that_does_not_exist_is_said(hatz, hatz_sandbox):
    done = hatz("doctor", "--probe", "--yes", "--only", "no-such-question")
    assert done.code == 2
    assert "No question's id contains 'no-such-question'" in done.err


def test_options_of_the_probe_want_the_probe(hatz, hatz_sandbox):
    assert hatz("doctor", "--only", "stop").code == 2
    assert hatz_sandbox.requests == []


def test_a_model_that_is_refused_is_not_judged(hatz, hatz_sandbox):
    done = hatz("doctor", "--probe", "no-such-model", "--yes", "--only", "stop")
    assert done.code == 1
    assert done.out.count(NO_ANSWER) == 3
    assert done.out.count("a plain request is refused here: 4") == 3
    assert len(hatz_sandbox.requests) == 3


def test_it_goes_on_when_a_question_fails():
    """The connection of the first question is closed without an answer; before it a plain request is answered."""
    answers = iter([[whole({"type": "message", "content": []})], [CLOSE]])
    asked = [question for question in QUESTIONS if question.id in {"messages-top-k", "messages-temperature"}]
    with (
        Server(lambda _: next(answers, [whole({"type": "message", "content": []})])) as server,
        Gateway(server.base_url, KEY) as gateway,
    ):
        found = [answer.verdict.word for answer in ask_all(gateway, plan(asked, ["m"]))]
    assert found == [NO_ANSWER, "accepted"]


def test_the_plan_counts_requests_and_tokens():
    asked = [question for question in QUESTIONS if question.id in {"messages-cache", "models-list", "messages-top-k"}]
    planned = plan(asked, ["one", "two"])
    assert len(planned) == 5
    assert requests(planned) == 2 * 2 + 2 + 1 + 2
    assert tokens(planned) == 2 * 5400 + 2 * 60


@pytest.fixture
def exchange():
    body = {
        "id": "msg_1", "model": "m", "stop_reason": "end_turn", "usage": {"input_tokens": 3},
        "content": [
            {"type": "text", "text": "What the model wrote."},
            {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"street": "Elm Street"}},
            {"type": "thinking", "thinking": "Hm, Elm Street.", "signature": "c2lnbmF0dXJl"},
        ],
    }  # fmt: skip
    return Exchange(messages(stream=False), 200, {"x-request-id": "req_1", "x-tenant": "acme"}, json.dumps(body))


def test_content_is_masked_and_form_is_kept(exchange):
    shown = masking.mask_exchange(exchange, KEY)
    text = json.dumps(shown)
    assert "What the model wrote" not in text
    assert "Elm Street" not in text
    assert "c2lnbmF0dXJl" not in text
    assert "acme" not in text
    assert shown["body"]["content"][0] == {"type": "text", "text": "<21 characters>"}
    assert shown["body"]["usage"] == {"input_tokens": 3}
    assert shown["headers"] == {"x-request-id": "req_1"}


def test_streams_are_masked():
    lines = '{"type": "content", "message": "Elm "}\n{"type": "content", "message": "Street"}\n'
    shown = masking.mask_exchange(Exchange(Request("/chat/completions", {"stream": True}), 200, {}, lines), KEY)
    assert shown["body"] == [{"type": "content", "message": "<4 characters>"}]
    events = 'data: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Elm Street"}}\n\n'
    shown = masking.mask_exchange(Exchange(messages(stream=True), 200, {}, events), KEY)
    assert "Elm" not in json.dumps(shown)


def test_the_words_of_errors_are_kept_without_secrets():
    said = f"The key {KEY} of ada@example.com (user_12345678, tenant_abc-def) may not use this."
    shown = masking.mask_exchange(Exchange(responses(), 403, {}, json.dumps({"detail": said})), KEY)
    assert json.loads(shown["body"])["detail"] == "The key *** of ***@*** (user_***, tenant_***) may not use this."


def test_agents_are_shown_by_their_fields():
    listed = {"data": [{"id": "a1", "name": "Payroll", "tools": ["google_search"]}]}
    shown = masking.mask_exchange(Exchange(Request("/chat/agents", method="GET"), 200, {}, json.dumps(listed)), KEY)
    assert shown["body"] == {"data": [{"id": "<str>", "name": "<str>", "tools": ["<str>"]}]}


def test_a_report_holds_neither_key_nor_content(hatz, hatz_sandbox, tmp_path):
    hatz_sandbox.models[0]["key"] = hatz_sandbox.api_key
    file = tmp_path / "report.json"
    hatz("doctor", "--probe", "--yes", "--report", file, "--only", "stream", "--only", "list", "--only", "thinking")
    text = file.read_text()
    assert hatz_sandbox.api_key not in text
    assert "built-in" not in text
    assert "Research Assistant" not in text


def test_quotes_of_a_model_stand_in_no_report():
    question = Question(
        id="q",
        asks="?",
        send=messages(),
        interpret=lambda _: Verdict("works"),
        means={},
        claim=Claim("", "", "unknown"),
    )
    made = report.make(
        [Answer(question, "m", Verdict("works", "200", "what the model wrote"))], "https://gateway.example/v1", KEY
    )
    assert "what the model wrote" not in json.dumps(made)


def test_questions_without_an_answer_are_no_change():
    def made(**verdicts):
        return {"answers": [{"id": name, "model": "m", "verdict": verdict} for name, verdict in verdicts.items()]}

    found = report.changes(made(a="works", b="works", c=NO_ANSWER), made(a="refused", b=NO_ANSWER, c="works", d="yes"))
    assert found == [report.Change("a", "m", "works", "refused"), report.Change("d", "m", "", "yes")]
