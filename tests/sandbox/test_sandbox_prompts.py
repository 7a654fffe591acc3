"""The prompts that people copy: the sandbox finds the context and the question in each, in English and in German."""

from __future__ import annotations

import pytest
from llama_index.core.prompts import default_prompts
from llama_index.core.prompts.chat_prompts import CHAT_REFINE_PROMPT, CHAT_TEXT_QA_PROMPT

from hatz_sandbox.answerer import NOT_IN_CONTEXT, answer
from hatz_sandbox.neutral import Question, Turn

CONTEXT = (
    "The office opens at nine. Parking costs five euros a day. Dogs are welcome on Fridays.\n\n"
    "The canteen has room for ninety people."
)
GERMAN = (
    "Das Büro öffnet um neun. Das Parken kostet fünf Euro am Tag. Hunde sind freitags willkommen.\n\n"
    "Die Kantine hat Platz für neunzig Personen."
)

RETRIEVAL_QA = """Use the following pieces of context to answer the question at the end. If you don't know the answer, just say that you don't know, don't try to make up an answer.

{context}

Question: {question}
Helpful Answer:"""
RLM_RAG = """You are an assistant for question-answering tasks. Use the following pieces of retrieved context to answer the question. If you don't know the answer, just say that you don't know. Use three sentences maximum and keep the answer concise.
Question: {question}\x20
Context: {context}\x20
Answer:"""
ONLY_CONTEXT = """Answer the question based only on the following context:
{context}

Question: {question}
"""
IN_USER = {
    "RetrievalQA": RETRIEVAL_QA,
    "rlm/rag-prompt": RLM_RAG,
    "based only on": ONLY_CONTEXT,
    "tags": "<context>\n{context}\n</context>\n\n{question}",
    "documents first": "Documents:\n{context}\n\nUser question: {question}",
    "no label at all": "{context}\n\nQuestion: {question}",
    "question first": "Question: {question}\n\nContext:\n{context}",
    "triple backticks": "Answer the query with the notes.\n\nNotes:\n{context}\n\nQuery: {question}\nAnswer:",
}
IN_SYSTEM = {
    "LangChain's tutorial": "You are an assistant for question-answering tasks. Use the following pieces of retrieved context to answer the question. If you don't know the answer, say that you don't know. Use three sentences maximum and keep the answer concise.\n\n{context}",
    "retrieval chain": "Answer the user's questions based on the below context. If the context doesn't contain any relevant information, don't make something up:\n\n<context>\n{context}\n</context>",
    "label": "You are a helpful assistant.\n\nContext:\n{context}",
    "no label": "You are the assistant of our house. Be friendly.\n\n{context}",
    "here is what I know": "Here is some relevant information:\n{context}",
    "dynamic prompt of create_agent": "You are a helpful assistant. Use the following context in your response:\n\n{context}",
}
GERMAN_IN_USER = {
    "RetrievalQA": "Verwende die folgenden Textabschnitte, um die Frage am Ende zu beantworten. Wenn du die Antwort nicht weißt, sage, dass du sie nicht weißt.\n\n{context}\n\nFrage: {question}\nHilfreiche Antwort:",
    "label": "Beantworte die Frage nur anhand des Kontexts.\n\nKontext:\n{context}\n\nFrage: {question}\nAntwort:",
}
GERMAN_IN_SYSTEM = {
    "label": "Du bist ein Assistent. Beantworte die Frage anhand des folgenden Kontexts:\n\n{context}",
    "no label": "Du bist der Assistent unseres Hauses. Antworte freundlich.\n\n{context}",
}
QUESTIONS = [("What does parking cost?", "Parking costs five euros a day."), ("How many people fit into the canteen?", "The canteen has room for ninety people.")]  # fmt: skip
GERMAN_QUESTIONS = [("Was kostet das Parken?", "Das Parken kostet fünf Euro am Tag."), ("Wann sind Hunde willkommen?", "Hunde sind freitags willkommen.")]  # fmt: skip


def said(user, system=""):
    return answer(Question("m", (Turn("user", user),), system=system)).text


@pytest.mark.parametrize(("question", "expected"), QUESTIONS)
@pytest.mark.parametrize("template", IN_USER.values(), ids=IN_USER)
def test_context_and_question_in_one_message(template, question, expected):
    assert said(template.format(context=CONTEXT, question=question)) == expected


@pytest.mark.parametrize(("question", "expected"), QUESTIONS)
@pytest.mark.parametrize("template", IN_SYSTEM.values(), ids=IN_SYSTEM)
def test_context_in_the_system_text(template, question, expected):
    assert said(question, template.format(context=CONTEXT)) == expected


@pytest.mark.parametrize(("question", "expected"), GERMAN_QUESTIONS)
def test_german(question, expected):
    for template in GERMAN_IN_USER.values():
        assert said(template.format(context=GERMAN, question=question)) == expected
    for template in GERMAN_IN_SYSTEM.values():
        assert said(question, template.format(context=GERMAN)) == expected


@pytest.mark.parametrize("name", ["DEFAULT_TEXT_QA_PROMPT", "DEFAULT_TREE_SUMMARIZE_PROMPT"])
def test_prompts_of_llama_index(name):
    prompt = getattr(default_prompts, name)
    assert said(prompt.format(context_str=CONTEXT, query_str=QUESTIONS[0][0])) == QUESTIONS[0][1]


def test_chat_prompts_of_llama_index():
    system, user = CHAT_TEXT_QA_PROMPT.format_messages(context_str=CONTEXT, query_str=QUESTIONS[0][0])
    assert said(user.content, system.content) == QUESTIONS[0][1]


@pytest.mark.parametrize("prompt", [default_prompts.DEFAULT_REFINE_PROMPT, CHAT_REFINE_PROMPT])
def test_refine_prompts_keep_an_answer_that_the_new_context_does_not_better(prompt):
    def refined(context):
        filled = {"context_msg": context, "query_str": QUESTIONS[0][0], "existing_answer": "Five euros."}
        return said(prompt.format_messages(**filled)[-1].content)

    assert refined("Whales sing all night long in the northern sea.") == "Five euros."
    assert refined("Since May parking costs six euros a day.") == "Since May parking costs six euros a day."


@pytest.mark.parametrize("template", [*IN_USER.values(), RETRIEVAL_QA], ids=[*IN_USER, "again"])
def test_what_the_context_does_not_say_is_not_made_up(template):
    assert said(template.format(context=CONTEXT, question="Who won the chess cup?")) == NOT_IN_CONTEXT


@pytest.mark.parametrize("system", ["You are a helpful assistant.", "", "You are a pirate. Answer in rhymes."])
def test_a_persona_is_no_context(system):
    for question in ("What is the capital of France?", "Write a poem", "Can you answer a question for me?"):
        assert "no model behind me" in said(question, system)


def test_instructions_are_no_answer():
    system = (
        "You are an assistant for answering questions. If you don't know the answer, say so.\n\nContext:\n" + CONTEXT
    )
    assert said("What do you answer if you don't know?", system) == NOT_IN_CONTEXT
