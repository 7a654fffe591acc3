"""The sentences of a context that fit a question, and where a sentence ends."""

from __future__ import annotations

import json

import pytest

from hatz_sandbox.answerer import answer as think
from hatz_sandbox.answerer.passages import best, sentences
from hatz_sandbox.neutral import Question, Turn

WRAPPED = """page_label: 3
header_path: /The lamps/

# The lamps

The red lamp says that a stream
broke off. It was seen by Dr. Who,
e.g. at noon.

- The green lamp is calm
  and says nothing
- The blue lamp blinks

| Lamp | Meaning |
|---|---|
| amber | slow |

```python
lamp = Lamp()
```

Short line
Another line
"""


def said(text, **more):
    return think(Question("m", (Turn("user", text),), **more)).text


def test_a_sentence_ends_where_the_prose_ends_it():
    found = [sentence for sentence, _ in sentences(WRAPPED)]
    assert found == [
        "The red lamp says that a stream broke off.",
        "It was seen by Dr. Who, e.g. at noon.",
        "The green lamp is calm and says nothing",
        "The blue lamp blinks",
        "Short line",
        "Another line",
    ]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is a lamp?", "A lamp is a light one can carry."),
        ("What does a lamp cost?", "A lamp costs four euros, and a lamp in a box costs five."),
        ("What is the glass of a lamp?", "The glass of a lamp is blown by hand."),
    ],
)
def test_a_definition_question_prefers_the_defining_sentence(question, answer):
    text = (
        "Whoever has a lamp and another lamp has two of a lamp. A lamp costs four euros, and a lamp in a box costs five. "
        "A lamp is a light one can carry. The glass of a lamp is blown by hand."
    )
    assert best(question, text, most=1)[0] == answer


def test_prose_is_preferred_to_code_and_headings_lend_their_words():
    text = "```\nretry = 2\n```\n\n## Retries\n\nA request is sent three times at most."
    assert best("How many retries are there?", text, most=1)[0] == "A request is sent three times at most."


def test_a_question_in_the_context_is_no_answer_and_labels_of_answers_are_left_out():
    text = "Sub question: What does parking cost?\nResponse: Parking costs five euros.\nAnswer 2: Dogs are welcome."
    assert best("What does parking cost?", text) == ["Parking costs five euros."]
    assert best("Are dogs welcome?", text)[0] == "Dogs are welcome."


RAG = (
    "Context information is below.\n---------------------\nA field `stop` is sent as JSON; the key is `stop`. It is "
    'refused on Responses. The schema {{"properties": {{"a": {{"type": "string"}}}}}} is JSON too.\n---------------------\n'
    "Given the context information and not prior knowledge, answer the query.\nQuery: {}\nAnswer: {}"
)


def test_json_in_a_context_is_no_wish_for_json():
    assert said(RAG.format("Where is it refused?", "")) == "It is refused on Responses."
    context = RAG.format("x", "").split("---------------------")[1]
    system = f"Use the context below.\n---------------------\n{context}\n---------------------\n"
    assert said("Where is it refused?", system=system) == "It is refused on Responses."
    assert said(f"<context>{context}</context>\nWhere is it refused?") == "It is refused on Responses."


def test_json_is_given_where_the_question_or_the_system_text_asks_for_it():
    in_question = RAG.format("Where is it refused? Answer in JSON with the key `answer`.", "")
    assert json.loads(said(in_question)) == {"answer": "It is refused on Responses."}
    schema = json.dumps({"properties": {"answer": {"type": "string"}}, "required": ["answer"]})
    after = RAG.format("Where is it refused?", f"\n\nHere's a JSON schema to follow:\n{schema}\n")
    assert json.loads(said(after)) == {"answer": "It is refused on Responses."}
    system = "Answer with a JSON object that has the field `answer`."
    assert json.loads(said(RAG.format("Where is it refused?", ""), system=system)) == {
        "answer": "It is refused on Responses."
    }
