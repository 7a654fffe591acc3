"""Which model answers: aliases, automatic routing, and what the list of models tells."""

from __future__ import annotations

from collections.abc import Sequence

from hatz_cli.exchange import Exchange, Request
from hatz_cli.probe import reading
from hatz_cli.probe.interpret import accepted, echoes_model, has
from hatz_cli.probe.question import Claim, Question, Verdict, chat, messages, responses

_KNOWN_FIELDS = {"name", "developer", "display_name", "max_tokens", "vision"}
_SMALLEST = 4096
"""No model's context window is smaller."""
_ECHO = {
    "same": "The model in an answer is the one that was asked for.",
    "other": "The model in an answer is the one that really answered.",
    "none": "Answers name no model: keep the one you asked for.",
    "refused": "See the error.",
}


def _list_shape(exchanges: Sequence[Exchange]) -> Verdict:
    """Which fields the list of models has beside the documented ones, and whether it comes in pages."""
    last = exchanges[-1]
    if last.refused or not isinstance(last.body, dict) or not isinstance(last.body.get("data"), list):
        return Verdict("other", reading.error(last) if last.refused else last.text[:100])
    more = {name for entry in last.body["data"] for name in entry} - _KNOWN_FIELDS
    pages = set(last.body) - {"data"}
    evidence = f"{len(last.body['data'])} models; further fields: {', '.join(sorted(more)) or 'none'}; beside data: {', '.join(sorted(pages)) or 'nothing'}"
    return Verdict("more" if more or pages else "as documented", evidence)


def _windows(exchanges: Sequence[Exchange]) -> Verdict:
    """Whether each model's max_tokens can be its context window: 0 and small numbers cannot."""
    last = exchanges[-1]
    if last.refused:
        return Verdict("refused", reading.error(last))
    sizes = {str(entry.get("name")): entry.get("max_tokens") for entry in last.body["data"]}
    odd = [f"{name}: {size}" for name, size in sizes.items() if not isinstance(size, int) or size < _SMALLEST]
    return Verdict("some" if odd else "all", ", ".join(odd)[:200] or f"{len(sizes)} models")


def _agent_fields(exchange: Exchange) -> str:
    entries = exchange.body.get("data") if isinstance(exchange.body, dict) else None
    return ", ".join(sorted({name for entry in entries or () for name in entry}))


QUESTIONS = (
    Question(
        id="models-list",
        asks="Which fields does the list of models have besides the documented ones?",
        send=Request("/chat/models", method="GET"),
        interpret=_list_shape,
        means={
            "as documented": "The list tells name, developer, context and vision, and nothing more.",
            "more": "The list tells more than is documented: Model.raw has it. Report it.",
            "other": "The list has another form; report it.",
        },
        claim=Claim("The list has five fields for each model and no pages", "API docs, Chat Completions", "documented"),
        tokens=0,
        per_model=False,
    ),
    Question(
        id="models-context",
        asks="Is max_tokens in the list the context window of each model?",
        send=Request("/chat/models", method="GET"),
        interpret=_windows,
        means={
            "all": "The context window of each model is known.",
            "some": "Set context_window for these models, where a framework needs it.",
            "refused": "Your key may not list models.",
        },
        claim=Claim(
            "max_tokens is a model's context window, and 0 or an output cap for some",
            "API docs; a public client",
            "seen",
        ),
        tokens=0,
        per_model=False,
        used_by=("integration/model_facts.py",),
    ),
    Question(
        id="agents-list",
        asks="What does the list of agents tell?",
        send=Request("/chat/agents", method="GET"),
        interpret=has("agents", _agent_fields),
        means={
            "yes": "Agents can be listed.",
            "no": "Your key has no agents.",
            "refused": "Your key may not list agents.",
        },
        claim=Claim(
            "The list of agents has id, name, description, instructions, tools and sources",
            "API docs, Chat Completions",
            "documented",
        ),
        tokens=0,
        per_model=False,
    ),
    Question(
        id="responses-model-echo",
        asks="Which model does an answer on Responses name?",
        send=responses(),
        interpret=echoes_model,
        means=_ECHO,
        claim=Claim("Responses names a model in its answers", "API reference, Create Response", "documented"),
    ),
    Question(
        id="messages-model-echo",
        asks="Which model does an answer on Messages name?",
        send=messages(),
        interpret=echoes_model,
        means=_ECHO,
        claim=Claim("Messages names a model in its answers", "the format it mirrors", "inferred"),
    ),
    Question(
        id="chat-model-echo",
        asks="Which model does an answer on native chat name?",
        send=chat(),
        interpret=echoes_model,
        means=_ECHO,
        claim=Claim("Native chat names a model in its answers", "API docs, Chat Completions", "documented"),
    ),
    Question(
        id="messages-alias",
        asks="Does Messages take the alias `haiku`, and which model does the answer name?",
        send=messages(model="haiku"),
        interpret=echoes_model,
        means={**_ECHO, "refused": "The alias is not enabled for your key: use ids of hatz models."},
        claim=Claim(
            "Messages takes the aliases opus, sonnet and haiku", "help page, Anthropic Messages Gateway", "documented"
        ),
        per_model=False,
    ),
    Question(
        id="chat-auto",
        asks="Which model does an answer to `auto` name?",
        send=chat(model="auto"),
        interpret=echoes_model,
        means={**_ECHO, "same": "Answers to `auto` do not tell which model wrote them."},
        claim=Claim("Native chat takes `auto`", "API docs, Chat Completions", "documented"),
        per_model=False,
        used_by=("chat.chosen_for",),
    ),
    Question(
        id="responses-auto",
        asks="Does Responses take `auto`?",
        send=responses(model="auto"),
        interpret=accepted,
        means={
            "accepted": "`auto` would work on Responses too; report it, because the client sends it to native chat alone.",
            "refused": "`auto` works on native chat alone, where the client sends it.",
        },
        claim=Claim("`auto` works on native chat alone", "documented there only", "inferred"),
        per_model=False,
    ),
    Question(
        id="messages-auto",
        asks="Does Messages take `auto`?",
        send=messages(model="auto"),
        interpret=accepted,
        means={
            "accepted": "`auto` would work on Messages too; report it, because the client sends it to native chat alone.",
            "refused": "`auto` works on native chat alone, where the client sends it.",
        },
        claim=Claim("`auto` works on native chat alone", "documented there only", "inferred"),
        per_model=False,
    ),
)
