"""Arithmetic in a request, worked out."""

from __future__ import annotations

import ast
import operator
import re

_EXPRESSION = re.compile(
    r"(?<![\w.])[-(]*\s*\d[\d.,]*(?:\s*(?:\*\*|[-+*/\u00d7÷^x%()]|\bplus\b|\bminus\b|\btimes\b|\bdivided by\b|\bmultiplied by\b)\s*[\d.,()]*)+"
)
_WORDS = {
    "plus": "+",
    "minus": "-",
    "times": "*",
    "multiplied by": "*",
    "divided by": "/",
    "\u00d7": "*",
    "x": "*",
    "÷": "/",
    "^": "**",
}
_SHORT = 200
_DO = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
}


def computed(text: str) -> tuple[str, str] | None:
    """The first expression of the text and its value, or `None`."""
    found = _found(text)
    return (found[0], _shown(found[2])) if found else None


def parsed(text: str) -> ast.expr | None:
    """The first expression of the text as a tree, or `None`."""
    found = _found(text)
    return found[1] if found else None


def _found(text: str) -> tuple[str, ast.expr, float] | None:
    if len(text) > _SHORT:  # a long text that holds "1-10" asks for no sum
        return None
    for match in _EXPRESSION.finditer(text):
        said = match.group().strip().rstrip(".,?! -+*/(")
        plain = said
        for word, sign in _WORDS.items():
            plain = plain.replace(word, sign)
        plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
        try:
            tree = ast.parse(plain, mode="eval").body
            value = _walk(tree)
        except (SyntaxError, ValueError, ArithmeticError, RecursionError):
            continue
        if isinstance(tree, ast.BinOp):
            return said, tree, value
    return None


def _walk(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base, power = _walk(left), _walk(right)
            if abs(base) > 1e6 or abs(power) > 64:
                raise ValueError("too large")
            return float(base**power)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _DO:
            return float(_DO[type(op)](_walk(left), _walk(right)))  # type: ignore[operator]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_walk(operand)
        case _:
            raise ValueError("not arithmetic")


def _shown(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.10g}"
