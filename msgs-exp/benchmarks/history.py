"""The conversation and the tools that are sent, as plain tuples; each framework makes its own messages of them."""

WORDS = "The quick brown fox jumps over the lazy dog and looks back. "


def history(count):
    """So many messages (at least 5): system, then question, tool call, result, answer, and so on; the last is a question.

    Each is (role, text, call): a call is (id, query), of the assistant's message that makes it and the result that answers it.
    """
    said = [("system", "You are a terse assistant.", None)]
    while len(said) + 5 <= count:
        call = (f"call_{len(said)}", f"what is number {len(said)}?")
        said += [
            ("user", f"Question {len(said)}: what do you know?", None),
            ("assistant", "", call),
            ("tool", WORDS * 3, call),
            ("assistant", WORDS * 2, None),
        ]
    while len(said) < count:
        said.append(("user", "Go on.", None) if said[-1][0] != "user" else ("assistant", WORDS, None))
    return said if said[-1][0] == "user" else [*said[:-1], ("user", "Go on.", None)]


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"The tool that can {name}.",
            "parameters": {
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What is wanted."},
                    "limit": {"type": "integer", "description": "How many at the most."},
                    "exact": {"type": "boolean", "description": "Whether the words must be the same."},
                },
                "required": ["query"],
            },
        },
    }
    for name in ("search", "read", "write", "calculate", "remember")
]
