"""What the Hatz tools of both frameworks do alike: arguments made of a form, words for the model, the choice by name."""

import json

import pytest
from pydantic import ValidationError

from hatz_client import App, AppInput, Workflow, errors
from hatz_client.content import Opaque, Refusal, Reply, Text, Usage
from hatz_client.integration.hatz_tools.arguments import ToolArguments
from hatz_client.integration.hatz_tools.select import _filter_by_name, check_selection
from hatz_client.integration.hatz_tools.texts import error_text, result_text, tool_description, tool_name, unique_name
from hatz_client.integration.hatz_tools.to_plain import to_plain
from hatz_client.resources.jobs import job_of

FORM = App(
    "a-1",
    "Ticket reply",
    "Writes a reply.",
    inputs=(
        AppInput("ticket", "Ticket", "The customer's words.", "paragraph", required=True),
        AppInput("tone", None, None, "dropdown", choices=("friendly", "formal")),
        AppInput("screenshot", "Screenshot", None, "file_upload"),
    ),
)
FILE = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_arguments_are_the_inputs():
    schema = ToolArguments(FORM).to_class("Ticket_reply").model_json_schema()
    assert schema == {
        "title": "Ticket_reply",
        "description": "Writes a reply.",
        "type": "object",
        "additionalProperties": False,
        "required": ["ticket"],
        "properties": {
            "ticket": {"title": "Ticket", "type": "string", "description": "Ticket. The customer's words."},
            "tone": {"title": "Tone", "default": None, "anyOf": [{"type": "string", "enum": ["friendly", "formal"]}, {"type": "null"}]},
            "screenshot": {
                "title": "Screenshot", "default": None, "anyOf": [{"type": "string"}, {"type": "null"}],
                "description": "Screenshot. The id of a file that was uploaded to Hatz.",
            },
        },
    }  # fmt: skip


def test_arguments_that_do_not_fit_are_refused():
    arguments = ToolArguments(FORM).to_class("x")
    for given in ({}, {"ticket": "x", "tone": "rude"}, {"ticket": "x", "other": "y"}):
        with pytest.raises(ValidationError):
            arguments.model_validate(given)


def test_a_number_for_a_text_is_accepted():
    assert ToolArguments(FORM).to_class("x").model_validate({"ticket": 4711}).ticket == "4711"


def test_names_that_no_service_takes_are_replaced_on_the_way_out_and_back():
    names = ["Full name", "full-name", "Größe", "2nd", "copy", "model_name", "self", "config", "_", "ticket", "x" * 99]
    made = ToolArguments(App("a", "A", inputs=tuple(AppInput(name) for name in names)))
    properties = list(made.to_class("A").model_json_schema()["properties"])
    assert properties == [
        "Full_name", "full_name", "Gr_e", "input_2nd", "input_copy", "input_model_name", "input_self", "input_config", "input",
        "ticket", "x" * 60,
    ]  # fmt: skip
    assert made.to_inputs(dict.fromkeys(properties, "v")) == dict.fromkeys(names, "v")


def test_two_inputs_that_become_one_name_are_kept_apart():
    made = ToolArguments(App("a", "A", inputs=(AppInput("a b"), AppInput("a-b"))))
    assert made.to_inputs({"a_b": "1", "a_b_2": "2"}) == {"a b": "1", "a-b": "2"}


def test_a_form_that_is_not_known():
    made = ToolArguments(Workflow("w", "W"))
    assert made.to_class("W").model_validate({"inputs": {"a": "b"}})
    assert made.to_inputs({"inputs": {"a": "b"}}) == {"a": "b"}


@pytest.mark.parametrize("path", ["/etc/passwd", "screen.png", "~/.ssh/id_rsa", b"bytes", 7])
def test_a_model_cannot_send_files_of_this_machine(path):
    with pytest.raises(errors.HatzInvalidInputError, match="reads no files of this machine"):
        ToolArguments(FORM).to_inputs({"ticket": "x", "screenshot": path})
    assert ToolArguments(FORM).to_inputs({"ticket": "x", "screenshot": FILE}) == {"ticket": "x", "screenshot": FILE}


def test_names_and_descriptions():
    assert (tool_name(FORM), tool_name(FORM, "My tool!")) == ("Ticket_reply", "My_tool")
    assert tool_name(Workflow("12345678-9", "日本")) == "hatz_workflow_12345678"
    assert tool_description(App("a", "A")) == "Runs the Hatz app 'A'."
    assert unique_name("a", {"a", "a_2"}) == "a_3"
    assert len(unique_name("x" * 64, {"x" * 64})) <= 64
    used: set[str] = set()
    for _ in range(120):
        used.add(unique_name("x" * 64, used))
    assert {len(name) for name in used} == {64}
    assert {tool_name(App("a", name)) for name in used} == used


def test_results():
    assert result_text(to_plain(Reply((Text("Hi"),)))) == "Hi"
    assert result_text(to_plain(Reply((Refusal("No."),)))) == "No."
    assert result_text(to_plain(Reply())) == "The app answered without text."
    assert "wrote no text" in result_text(to_plain(job_of({"job_id": "j", "status": "complete"})))


def test_results_are_plain_values():
    reply = Reply((Text("Hi"), Opaque("chat", {"type": "tool"})), usage=Usage(1, 2, 3), headers={"server": "x"})
    assert to_plain(reply) == json.loads(json.dumps(to_plain(reply)))
    assert to_plain(reply)["parts"][1] == {"type": "Opaque", "dialect": "chat", "block": {"type": "tool"}}
    assert to_plain(reply)["usage"]["total"] == 3
    state = job_of(
        {
            "job_id": "j",
            "status": "complete",
            "step_outputs": [{"step_id": "s", "status": "complete", "output_data": [1]}],
        }
    )
    assert to_plain(state) == json.loads(json.dumps(to_plain(state)))
    assert (to_plain(state)["steps"][0]["text"], to_plain(state)["text"]) == ("[1]", "[1]")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.HatzInvalidInputError("'ticket' is required."), "Correct the arguments and call the tool again."),
        (errors.HatzCreditsError("Used up."), "Do not call it again"),
        (errors.HatzAuthenticationError("No key."), "Do not call it again"),
        (errors.HatzServerError("Busy."), "It may work later."),
        (errors.HatzServerError("Busy. Whether the gateway processed the request is unknown, so it was not sent again."), "Tell the user."),
        (errors.HatzResponseError("HTML."), "Tell the user."),
        (job_of({"job_id": "j", "status": "failed"}).error(), "tell the user which step failed"),
    ],
)  # fmt: skip
def test_errors_say_what_to_do(error, words):
    text = error_text(error, "Ticket_reply")
    assert text.startswith(f"The tool Ticket_reply failed: {error.message}")
    assert words in text


def test_the_choice_by_name():
    found = [FORM, App("a-2", "Ticket summary"), Workflow("w-1", "Onboard")]
    assert _filter_by_name(found, None) == found
    assert _filter_by_name(found, ["ticket*", "w-1"]) == found
    assert _filter_by_name(found, ["Ticket Summary"]) == [found[1]]
    with pytest.raises(
        errors.HatzInvalidInputError,
        match=r"did you mean 'Ticket reply'.*There are: Ticket reply, Ticket summary, Onboard",
    ):
        _filter_by_name(found, ["Ticket repli"])
    for names, kinds in (("Ticket", ["apps"]), ([7], ["apps"]), (None, ["files"]), (None, "apps")):
        with pytest.raises(errors.HatzInvalidInputError):
            check_selection(names, kinds)


async def test_what_a_key_can_reach_is_listed_by_both_classes(face, sandbox, monkeypatch):
    monkeypatch.setenv("HATZ_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
    model = face.model("gpt-5.2")
    model.client().upload(b"x")
    for name, first in (("apps", "Ticket reply"), ("workflows", "Onboard a user"), ("files", None)):
        listed = getattr(model, f"list_{name}")()
        assert (len(listed), listed[0].name) == (1, first)
        assert listed == await getattr(model, f"alist_{name}")()
        assert listed == getattr(face.model, f"list_{name}")(base_url=sandbox.base_url)
