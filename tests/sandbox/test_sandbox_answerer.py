"""The built-in answerer: which tool it calls, what it takes from a context, what it says else."""

from __future__ import annotations

import json

import pytest

from hatz_sandbox.answerer import answer as think
from hatz_sandbox.neutral import Question, Result, Tool, ToolCall, Turn

STR, INT = {"type": "string"}, {"type": "integer"}


def tool(name, about, **properties):
    return Tool(name, about, {"type": "object", "properties": properties, "required": list(properties)})


WEATHER = tool("get_weather", "Get the weather at a location.", location=STR)
CLOCK = tool("get_time", "The current time in a city", city=STR)
ADD = tool("add", "Add two integers", a=INT, b=INT)
MULTIPLY = tool("multiply", "Multiply two integers and return the result", a=INT, b=INT)
MAGIC = tool("magic_function", "Apply a magic function to an input.", input=INT)
LYFT = tool("lyft_10k", "Provides information about Lyft financials for year 2021", input=STR)
UBER = tool("uber_10k", "Provides information about Uber financials for year 2021", input=STR)
DOCS = tool("search_docs", "Search the company handbook", query=STR)


def request(*turns, **more):
    made = tuple(Turn("user", turn) if isinstance(turn, str) else turn for turn in turns)
    return Question("m", made, **more)


def calls(text, *tools, **more):
    return [(call.name, call.input) for call in think(request(text, tools=tools, **more)).calls]


def said(*turns, **more):
    return think(request(*turns, **more)).text


CALLED = [
    ("What is the weather in San Francisco, CA?", (WEATHER, CLOCK), [("get_weather", {"location": "San Francisco, CA"})]),
    ("What's the weather in Paris and London?", (WEATHER,),
     [("get_weather", {"location": "Paris"}), ("get_weather", {"location": "London"})]),
    ("What's the weather and the time in Tokyo?", (CLOCK, WEATHER),
     [("get_weather", {"location": "Tokyo"}), ("get_time", {"city": "Tokyo"})]),
    ("What is 3 * 4?", (ADD, MULTIPLY), [("multiply", {"a": 3, "b": 4})]),
    ("What is the sum of 7 and 5?", (MULTIPLY, ADD), [("add", {"a": 7, "b": 5})]),
    ("What is the value of magic_function(3)? Use the tool.", (MAGIC, ADD), [("magic_function", {"input": 3})]),
    ("What was Lyft's revenue in 2021?", (UBER, LYFT), [("lyft_10k", {"input": "What was Lyft's revenue in 2021?"})]),
    ("Who founded it in the first place?", (ADD, DOCS), [("search_docs", {"query": "Who founded it in the first place?"})]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tools", "expected"), CALLED, ids=[text for text, _, _ in CALLED])
def test_the_tool_that_fits_is_called(text, tools, expected):
    assert calls(text, *tools) == expected


def test_tools_for_different_parts_are_called_together():
    assert [name for name, _ in calls("Compare Lyft and Uber revenue in 2021", LYFT, UBER)] == ["lyft_10k", "uber_10k"]


@pytest.mark.parametrize("text", ["Hello", "hi there!", "Thank you very much", "How are you?", "My name is Ada."])
def test_small_talk_calls_no_tool(text):
    assert calls(text, WEATHER, CLOCK, ADD, MULTIPLY, LYFT, DOCS) == []


def test_a_choice_is_obeyed():
    assert calls("Hello", WEATHER, ADD, choice="none") == []
    assert [name for name, _ in calls("Hello", WEATHER, ADD, choice="tool:add")] == ["add"]
    assert len(calls("Hello", WEATHER, ADD, choice="any")) == 1
    assert calls("What is the weather in Rome?", WEATHER, choice="none") == []
    no_arguments = Tool("now", "", {"type": "object", "properties": {}})
    assert calls("Use now()", no_arguments, choice="any") == [("now", {})]


def test_a_required_call_after_results_is_of_a_tool_not_called_yet():
    report = tool("WeatherReport", "The final answer", degrees=INT, sky=STR)
    turns = ["What is the weather in Rome?"]
    first = think(request(*turns, tools=(WEATHER, report), choice="any"))
    assert [call.name for call in first.calls] == ["get_weather"]
    turns += [
        Turn("assistant", calls=(ToolCall("get_weather", first.calls[0].arguments, "c"),)),
        Turn("user", results=(Result("c", "18 degrees, sky: clear"),)),
    ]
    second = think(request(*turns, tools=(WEATHER, report), choice="any"))
    assert [(call.name, call.input) for call in second.calls] == [("WeatherReport", {"degrees": 18, "sky": "clear"})]


RAG = (
    "Context information is below.\n---------------------\npage_label: 1\nfile_path: towers.md\n\n# Towers\n\n"
    "Paris is the capital of France. It has about two million people.\n\n"
    "The Eiffel Tower is 330 metres tall. It was finished in 1889 by the company of Gustave Eiffel.\n"
    "---------------------\nGiven the context information and not prior knowledge, answer the query.\n"
    "Query: {}\nAnswer: "
)
ANSWERED = [
    ("How tall is the Eiffel Tower?", "The Eiffel Tower is 330 metres tall."),
    ("What is the capital of France?", "Paris is the capital of France."),
    ("When was it finished?", "It was finished in 1889 by the company of Gustave Eiffel."),
    ("Who won the chess cup?", "The context does not answer the question."),
]


@pytest.mark.parametrize(("question", "answer"), ANSWERED, ids=[question for question, _ in ANSWERED])
def test_questions_are_answered_from_the_context(question, answer):
    assert said(RAG.format(question)) == answer


CONTEXT = "The office opens at nine. Parking costs five euros a day. Dogs are welcome on Fridays."
PROMPTS = {
    "system label": request("What does parking cost?", system=f"Use the following context to answer.\n\nContext:\n{CONTEXT}"),
    "system tag": request("What does parking cost?", system=f"Answer from this.\n<context>\n{CONTEXT}\n</context>"),
    "system fence": request(
        "What does parking cost?",
        system=f"Context information is below.\n--------------------\n{CONTEXT}\n--------------------\nBe brief.",
    ),
    "user, context first": request(f"Answer the question from the context.\n\nContext: {CONTEXT}\n\nQuestion: What does parking cost?\nAnswer:"),
    "user, question first": request(f"You are an assistant. Keep it concise.\nQuestion: What does parking cost? \nContext: {CONTEXT} \nAnswer:"),
    "user tag": request(f"<context>{CONTEXT}</context>\n\nWhat does parking cost?"),
    "tool result": request(
        "What does parking cost?",
        Turn("assistant", calls=(ToolCall("search_docs", "{}", "c"),)),
        Turn("user", results=(Result("c", CONTEXT + " Filler sentence." * 40),)),
        tools=(DOCS,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", PROMPTS.values(), ids=PROMPTS)
def test_a_context_is_found_wherever_it_stands(asked):
    assert think(asked).text == "Parking costs five euros a day."


def test_refine_keeps_the_answer_when_the_context_adds_nothing():
    prompt = (
        "The original query is as follows: What does parking cost?\nWe have provided an existing answer: Five euros.\n"
        "We have the opportunity to refine the existing answer (only if needed) with some more context below.\n"
        "------------\n{}\n------------\nGiven the new context, refine the original answer to better answer the query. "
        "If the context isn't useful, return the original answer.\nRefined Answer: "
    )
    assert said(prompt.format("Whales sing.")) == "Five euros."
    assert said(prompt.format("Parking now costs six euros.")) == "Parking now costs six euros."


def test_what_was_told_before_is_remembered():
    told = ["My name is Ada. I live in Turin.", Turn("assistant", "Good.")]
    assert said(*told, "What is my name?") == "You told me: My name is Ada."
    assert said(*told, "Where do I live?") == "You told me: I live in Turin."
    assert "no model behind me" in said("What is my name?")


def test_the_rest_is_honest_and_short():
    assert said("Hello").startswith("Hello!")
    assert said('Reply with exactly "pong".') == "pong"
    assert said("Count from 3 to 5") == "3, 4, 5"
    rest = said("Write a poem on trains")
    assert "Hatz sandbox" in rest
    assert "Write a poem on trains" in rest
    assert "image" in said(Turn("user", "What is this?", images=("https://example.com/a.png",)))
    assert said("") != ""


def test_json_asked_for_in_words():
    keys = "Tell me a joke about cats. Return the result as JSON with `setup` and `punchline` keys."
    assert set(json.loads(said(keys, wants_json=True))) == {"setup", "punchline"}
    schema = {"properties": {"name": STR, "age": INT}, "required": ["name", "age"], "type": "object"}
    prompt = (
        f"Ada is 36 years old.\n\nHere's a JSON schema to follow:\n{json.dumps(schema)}\n\nOutput a valid JSON object."
    )
    assert json.loads(said(prompt)) == {"name": "Ada", "age": 36}


def test_a_schema_in_doubled_braces_is_read():
    schema = {
        "properties": {"name": STR, "pet": {"properties": {"age": INT}, "type": "object"}},
        "required": ["name", "pet"],
    }
    doubled = json.dumps(schema).replace("{", "{{").replace("}", "}}")
    prompt = f"My name is Ada Lovelace. The age of my cat is 3.\n\n\nHere's a JSON schema to follow:\n{doubled}\n\nOutput a valid JSON object."
    assert json.loads(said(prompt)) == {"name": "Ada Lovelace", "pet": {"age": 3}}


def test_results_are_said_in_plain_sentences():
    asked = ["What's the weather?", Turn("assistant", calls=(ToolCall("get_weather", '{"location": "Rome"}', "c"),))]

    def told(text, **more):
        return said(*asked, Turn("user", results=(Result("c", text, **more),)), tools=(WEATHER,))

    assert told("5") == "The result of get_weather is 5."
    assert told("It is sunny in Rome") == "It is sunny in Rome."
    assert told('{"temp_c": 20, "sky": "clear"}') == "temp c is 20, sky is clear."
    assert told("boom", is_error=True) == "The tool get_weather reported an error: boom"
    assert told("") == "The tool get_weather gave no result."


def test_results_of_several_calls_say_which_is_which():
    calls = (
        ToolCall("weekday_of", '{"day": "2027-03-14"}', "a"),
        ToolCall("date_after", '{"start": "2027-03-14", "days": 100}', "b"),
    )
    results = (Result("a", "Sunday"), Result("b", "2027-06-22"))
    asked = ("Which weekday, and which date?", Turn("assistant", calls=calls), Turn("user", results=results))
    assert said(*asked, tools=(CLOCK,)) == (
        "weekday_of(day=2027-03-14) gave Sunday. date_after(start=2027-03-14, days=100) gave 2027-06-22."
    )
    told = (Result("a", "It is a Sunday in March."), Result("b", '{"year": 2027, "month": 6}'))
    assert said(asked[0], asked[1], Turn("user", results=told), tools=(CLOCK,)) == (
        "It is a Sunday in March. date_after(start=2027-03-14, days=100): year is 2027, month is 6."
    )


def test_a_prefilled_answer_is_not_taken_for_the_question():
    assert (
        said(RAG.format("How tall is the Eiffel Tower?"), Turn("assistant", "So:"))
        == "The Eiffel Tower is 330 metres tall."
    )


LONG = {
    "one word": "x" * 200_000,
    "base64": "aGVsbG8gd29ybGQ/" * 10_000,
    "numbers": "1 " * 50_000,
    "blank lines": "\n" * 50_000 + "What is it?",
    "JSON": json.dumps([{"id": number, "name": "x"} for number in range(5_000)]),
    "quotes that are opened": "「" * 100_000,
    "abbreviations": "Dr. " * 50_000,
    "tags that are opened": "<context>" * 20_000,
    "braces": "{" * 100_000,
    "labels": "Question: context: " * 10_000,
    "prose": "The ferry to Bergen leaves at noon. " * 5_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_prompts_take_no_longer_than_their_length(text):
    ferry = tool("find", "Find a ferry", city=STR, count=INT, tags={"type": "array", "items": STR})
    turns = (Turn("user", text),)
    assert think(Question("gpt-4o", turns)).text
    assert think(Question("gpt-4o", turns, tools=(ferry,), choice="any")).calls
    assert think(Question("gpt-4o", (Turn("user", "What is it?"),), system=text)).text
    assert think(Question("gpt-4o", turns, wants_json=True)).text
    assert said(
        "What is it?", Turn("assistant", calls=(ToolCall("f", "{}", "c"),)), Turn("user", results=(Result("c", text),))
    )
