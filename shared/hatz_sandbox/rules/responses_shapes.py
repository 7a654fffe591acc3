"""The shapes of a body of `POST /openai/responses`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from hatz_sandbox.rules.shape import Json, Shape, block, matching, must, obj, one_of, optional, tagged, text_or_list

_URL = re.compile(r"https?://\S+|data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/=\s]+")
_NAME = r"^[a-zA-Z0-9_-]+$"


def _with_one_of(shape: Shape, *keys: str) -> Shape:
    """An object that has at least one of these keys; without any, the first is called missing."""
    return must(shape, lambda part: any(part.get(key) for key in keys), keys[0], "missing_key")


def _kind_of_item(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    kind = item.get("type", "message")
    return "(assistant)" if kind == "message" and item.get("role") == "assistant" else str(kind)


_INPUT = one_of(
    block("input_text", text=str),
    _with_one_of(
        block("input_image", image_url=optional(must(str, _URL.fullmatch, "", "url")), file_id=optional()),
        "image_url",
        "file_id",
    ),
    _with_one_of(
        block("input_file", file_id=optional(), file_data=optional(), file_url=optional()),
        "file_id",
        "file_data",
        "file_url",
    ),
    block("input_audio"),
)
_OUTPUT = one_of(block("output_text", text=str), block("refusal", refusal=str))
_ROLE = Literal["assistant", "system", "developer", "user"]
_NO_CALLS = optional(must(Any, lambda _: False, "", "unknown"))
_ID = Annotated[str, Field(min_length=1)]
_ITEM = tagged(
    _kind_of_item,
    {
        "message": obj(role=_ROLE, tool_calls=_NO_CALLS, content=text_or_list(_INPUT)),
        "(assistant)": obj(tool_calls=_NO_CALLS, content=text_or_list(_OUTPUT)),
        "function_call": obj(call_id=_ID, name=matching(_NAME, min_length=1), arguments=str),
        "function_call_output": obj(call_id=_ID, output=text_or_list(_INPUT)),
        "reasoning": obj(summary=list[Any]),
        "item_reference": Json,
    },
)
_FORMAT = one_of(block("text"), block("json_object"), block("json_schema", name=str, schema=Json))
_CHOICE = tagged(
    lambda choice: "(text)" if isinstance(choice, str) else choice.get("type") if isinstance(choice, dict) else None,
    {
        "(text)": Literal["none", "auto", "required"],
        "function": _with_one_of(obj(name=optional(str), function=optional(obj(name=str))), "name", "function"),
        "allowed_tools": obj(mode=Literal["auto", "required"], tools=list[Any]),
    },
)
BODY: TypeAdapter[Any] = TypeAdapter(
    obj(
        model=str,
        instructions=optional(str),
        stream=optional(bool),
        parallel_tool_calls=optional(bool),
        temperature=optional(Annotated[float, Field(ge=0, le=2)]),
        top_p=optional(Annotated[float, Field(ge=0, le=1)]),
        max_output_tokens=optional(Annotated[int, Field(ge=1)]),
        input=text_or_list(_ITEM),
        tools=optional(list[Json]),  # each is looked at by itself
        tool_choice=optional(_CHOICE),
        text=optional(obj(format=optional(_FORMAT))),
    )
)
FUNCTION: TypeAdapter[Any] = TypeAdapter(
    obj(name=matching(_NAME, min_length=1, max_length=64), parameters=optional(Json))
)
"""A tool in the flat form."""
