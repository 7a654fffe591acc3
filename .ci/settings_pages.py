"""The pages about settings: docs/settings.md, and the tables of the two migration guides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatz_client.integration.settings.arguments import CONSTRUCTOR_ALIASES, ELSEWHERE
from hatz_client.integration.settings.fields import HatzFields
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

DOCS = Path(__file__).parents[1] / "docs"
PEERS = json.loads(Path(__file__).with_name("peer_settings.json").read_text("utf-8"))
_OURS: dict[str, Any] = {"langchain": ChatHatz, "llama-index": HatzLLM}
_GROUPS = {
    "prompt": "What is asked",
    "body": "Fields of some models",
    "call": "How a call is made",
    "model": "The model in its framework",
    "connection": "The connection",
}
_ABOUT = {
    "prompt": "Also arguments of one call.",
    "body": "Sent if the endpoint has them; also arguments of one call.",
    "call": "Also arguments of one call.",
    "model": "Also arguments of one call, where that makes sense.",
    "connection": "Not arguments of one call, except `timeout` and `deadline`. `Client` and `AsyncClient` have all of them, and each its own HTTP client.",
}


def settings_page() -> str:
    """Every setting with its default and its meaning, as it is declared."""
    lines = ["# Settings", "", "<!-- Made by `make docs` from the code: do not edit. -->", "", _INTRODUCTION, ""]
    for group, title in _GROUPS.items():
        lines += [f"## {title}", "", _ABOUT[group], "", "| setting | default | meaning |", "|---|---|---|"]
        lines += [*_rows(HatzFields, group)]
        for kind in (ChatHatz, HatzLLM):
            own = {name: field for name, field in kind.model_fields.items() if name not in HatzFields.model_fields}
            lines += [
                f"{row[:-2]} (only `{kind.__name__}`) |" for row in _rows(kind, group) if row.split("`")[1] in own
            ]
        lines.append("")
    lines += ["## Other names", "", _OTHER_NAMES, "", "| name | the same as |", "|---|---|"]
    lines += [f"| `{name}` | `{ours}` |" for name, ours in CONSTRUCTOR_ALIASES.items()]
    lines.append('| `agent_id="…"` | `model="agent-…"` |')
    return "\n".join(lines) + "\n"


_INTRODUCTION = """\
The settings of `ChatHatz` and `HatzLLM`. Both take the model as the first argument and the others by keyword. A setting that is unset is not sent, so the model's own default applies. The one exception is `max_tokens`, which Messages requires: if unset, the model's known output limit is sent, else 4096. An unknown name is a `TypeError` that says what to use."""
_OTHER_NAMES = "Names that other integrations use are taken too."


def _rows(kind: Any, group: str) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        if (extra := field.json_schema_extra) and extra.get("group") == group:
            default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
            meaning = field.description.replace("<", "&lt;")
            yield f"| `{'api_key' if name == 'hatz_api_key' else name}` | {default} | {meaning} |"


def _default(value: Any) -> str:
    if value is None:
        return "unset"
    return f"`{json.dumps(value)}`" if isinstance(value, str) else f"`{value!r}`"


def moving_page(framework: str) -> str:
    """The migration guide with fresh tables between its marks."""
    page = (DOCS / "guides" / f"moving-from-{framework}.md").read_text("utf-8")
    marked = r"(<!-- table: (\S+) -->\n).*?(<!-- the end of the table -->)"
    return re.sub(marked, lambda found: found[1] + _table(framework, found[2]) + found[3], page, flags=re.DOTALL)


def _table(framework: str, peer: str) -> str:
    ours = set(_OURS[framework].model_fields) | {"api_key"}
    names = PEERS[peer]["settings"]
    same = ", ".join(f"`{name}`" for name in names if name in ours)
    renamed = ", ".join(
        f"`{name}` (`{CONSTRUCTOR_ALIASES[name]}`)"
        for name in names
        if name in CONSTRUCTOR_ALIASES and name not in ours
    )
    others = [name for name in names if name not in ours and name not in CONSTRUCTOR_ALIASES]
    rows = [f"| the same | {same} |"]
    rows += [f"| taken, and means | {renamed} |"] if renamed else []
    reasons: dict[str, list[str]] = {}
    for name in others:
        reasons.setdefault(ELSEWHERE.get(name, _BODY), []).append(f"`{name}`")
    rows += [
        f"| {', '.join(named)} | {_mark(reason)} |" for reason, named in sorted(reasons.items(), key=_dropped_last)
    ]
    version = PEERS[peer]["version"]
    return (
        "\n".join(
            [f"| setting ({peer.rpartition('.')[2]} {version}) | in {_OURS[framework].__name__} |", "|---|---|", *rows]
        )
        + "\n"
    )


_BODY = "a field of the request's body: use `extra_body={…}`."


def _mark(reason: str) -> str:
    return reason if "`" in reason else re.sub(r'\w+=(?:\{.*?\}+|"\w+"|…)', r"`\g<0>`", reason)


def _dropped_last(item: tuple[str, list[str]]) -> tuple[bool, str]:
    return "use " not in item[0], item[0]


PAGES = {
    "settings.md": settings_page,
    "guides/moving-from-langchain.md": lambda: moving_page("langchain"),
    "guides/moving-from-llama-index.md": lambda: moving_page("llama-index"),
}
