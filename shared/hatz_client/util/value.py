"""`Value`: what parts, turns and prompts have in common."""

from __future__ import annotations

from typing import Any, Self

import msgspec


class Value(msgspec.Struct, frozen=True):
    """A value that never changes; `replace` makes another.

    A `msgspec.Struct`, because histories and streams consist of such values: a `Text` takes 70 ns to make (a dataclass with slots
    270 ns, a frozen one 480 ns), and with `gc=False` the garbage collector has nothing to visit.
    """

    def replace(self, **changes: Any) -> Self:
        """A copy with these fields changed.

        Raises:
            TypeError: for a name that is not a field.
        """
        return msgspec.structs.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values; LangSmith and other tracers look for a method of this name."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return fields
