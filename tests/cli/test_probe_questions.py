"""Each question of the probe gets its known answer from the sandbox, and the other one from a server that gives the other."""

import pytest

from hatz_cli.exchange import Gateway
from hatz_cli.probe.question import NO_ANSWER
from hatz_cli.probe.questions import QUESTIONS
from hatz_cli.probe.run import ask, ask_all, plan
from hatz_sandbox import QUIRKS, Sandbox
from tests.trust.server import Server, whole

from . import known_answers

MODEL = "gpt-4o-mini"
each = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)


@pytest.fixture(scope="module")
def sandbox_answers():
    with Sandbox() as sandbox, Gateway(sandbox.base_url, sandbox.api_key) as gateway:
        return {answer.question.id: answer for answer in ask_all(gateway, plan(QUESTIONS, [MODEL]))}


@pytest.fixture(scope="module")
def scripted():
    """Asks one question of a server that gives these responses, one after the other (the last one again and again)."""
    left = []
    with (
        Server(lambda _: [left.pop(0) if len(left) > 1 else left[0]]) as server,
        Gateway(server.base_url, "k") as gateway,
    ):

        def run(question, answers):
            left[:] = answers
            return ask(gateway, question, MODEL)

        yield run


@each
def test_the_sandboxs_answer_is_known(question, sandbox_answers):
    answer = sandbox_answers[question.id]
    assert answer.verdict.word == known_answers.ON_THE_SANDBOX[question.id], answer.verdict
    assert answer.meaning


@each
def test_the_other_answer_is_told_apart(question, scripted):
    word, answers = known_answers.OTHER[question.id]
    answer = scripted(question, answers)
    assert answer.verdict.word == word, answer.verdict
    assert word != known_answers.ON_THE_SANDBOX[question.id]
    assert answer.meaning


@each
def test_a_failing_gateway_is_no_answer(question, scripted):
    answer = scripted(question, [whole("Bad gateway", 502, "text/html")])
    if question.expects_errors:
        assert answer.verdict.word in {"not json", "accepted"}
    else:
        assert answer.verdict.word == NO_ANSWER
        assert "502" in answer.verdict.evidence


@each
def test_an_answer_of_no_known_form_does_not_end_the_probe(question, scripted):
    for odd in ([], {"data": 7}, {"output": 7, "content": 7, "choices": 7}, {"usage": None, "model": 7}):
        scripted(question, [whole(odd), whole(odd)])


def test_every_question_is_one_entry():
    ids = [question.id for question in QUESTIONS]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(known_answers.ON_THE_SANDBOX) == set(known_answers.OTHER)


@pytest.mark.parametrize(
    ("name", "quirks", "word"),
    [
        ("responses-stream-final", QUIRKS - {"empty_final_output"}, "yes"),
        ("responses-stream-usage", QUIRKS - {"zero_stream_usage"}, "yes"),
        ("responses-tools-nested", QUIRKS | {"flat_tools_only"}, "refused"),
        ("responses-tools-flat", QUIRKS | {"nested_tools_only"}, "refused"),
    ],
)
def test_the_sandboxs_quirks_decide(name, quirks, word):
    (question,) = (one for one in QUESTIONS if one.id == name)
    with Sandbox(quirks=quirks) as sandbox, Gateway(sandbox.base_url, sandbox.api_key) as gateway:
        assert ask(gateway, question, MODEL).verdict.word == word
