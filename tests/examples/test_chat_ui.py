"""The chat page, run headless by Streamlit's own test tool."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAGE = Path(__file__).parents[2] / "examples" / "recipes" / "chat_ui.py"
QUESTION = "What happens when a stream is interrupted before the answer is complete?"
pytestmark = [
    # LlamaIndex looks at every attribute of an LLM, deprecated ones too.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:inspect"),
    # The event loops that Streamlit and LlamaIndex make in threads of their own.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def page(hatz_sandbox):
    opened = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not opened.exception
    return opened


def test_an_answer_and_its_sources(page, hatz_sandbox):
    page.chat_input[0].set_value(QUESTION).run()
    assert not page.exception
    question, answer = page.chat_message
    assert question.markdown[0].value == QUESTION
    assert "`HatzStreamInterruptedError` is raised" in answer.markdown[0].value
    assert page.expander[0].label == "errors.md"
    assert "`HatzStreamInterruptedError` is raised" in page.expander[0].markdown[0].value


def test_the_conversation_stays_on_the_page_and_in_the_memory(page, hatz_sandbox):
    page.chat_input[0].set_value(QUESTION).run()
    page.chat_input[0].set_value("And which errors are retried?").run()
    assert not page.exception
    assert [message.name for message in page.chat_message] == ["user", "assistant"] * 2
    assert len(page.expander) == 6
    assert "HatzStreamInterruptedError" in str(
        hatz_sandbox.requests[-2].body
    )  # the history that condenses the question


# The same error also ends the thread in which LlamaIndex reads the stream.
@pytest.mark.usefixtures("join_threads")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_is_shown_and_the_next_question_works(page, hatz_sandbox):
    hatz_sandbox.fail(401, "Invalid key")
    page.chat_input[0].set_value(QUESTION).run()
    assert not page.exception
    assert "Invalid key" in page.error[0].value
    hatz_sandbox.reply("What happens?")  # the question, condensed with the history
    hatz_sandbox.reply("You get what arrived before.")
    page.chat_input[0].set_value(QUESTION).run()
    assert page.chat_message[-1].markdown[0].value == "You get what arrived before."
    assert not page.error
