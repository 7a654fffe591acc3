"""The neutral vocabulary: a request (`Prompt`), an answer (`Reply`), and the parts of both.

Everything here is a plain value that never changes, because values are shared: `replace` makes another (`prompt.replace(model=…)`).
Each of the gateway's wire formats ("responses", "messages", "chat") is translated to and from this vocabulary, and so is each
framework, so that neither knows the other.

A codec names the fields of a wire part that it understands and keeps the rest as *residue* under its own name. When it
encodes the part again, it puts its own residue back and ignores another codec's. A block without a neutral meaning
stays whole, as `Opaque`.
"""

from hatz_client.content.parts import (
    TEXT_PARTS,
    Citation,
    Media,
    MediaKind,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Residue,
    Text,
    ToolCall,
    ToolResult,
)
from hatz_client.content.prompt import (
    AssistantPrefill,
    Endpoint,
    EndpointName,
    OrphanTools,
    Prompt,
    ResponseFormat,
    Role,
    StreamFormat,
    SystemMessages,
    Tool,
    Turn,
    asks_to_think,
)
from hatz_client.content.reply import Finish, FinishReason, Reply, Usage

__all__ = [
    "TEXT_PARTS", "AssistantPrefill", "Citation", "Endpoint", "EndpointName", "Finish", "FinishReason", "Media", "MediaKind", "Opaque",
    "OrphanTools", "Part", "Prompt", "Reasoning", "Refusal", "Reply", "Residue", "ResponseFormat", "Role", "StreamFormat",
    "SystemMessages", "Text", "Tool", "ToolCall", "ToolResult", "Turn", "Usage", "asks_to_think",
]  # fmt: skip
