"""The C# front end: `x => x.Amount > 100 && x.Status == "Open"` is parsed and typed, never run as code."""

from functools import cache

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from .errors import ExpressionError
from .linq_binder import Binder
from .schema import Schema
from .tree import Expression

MAX_BYTES = 4096
MAX_DEPTH = 32
MAX_NODES = 200
MAX_LIST = 200

_LITERALS = ("number", "string")


def parse(text: str, schema: Schema) -> Expression:
    """Read a filter over one row of `schema`. Raises ExpressionError, whatever the text."""
    _check_characters(text)
    tree = _read(text)
    _check_size(tree)
    return Binder(schema).visit(tree)


def _check_characters(text: str) -> None:
    if len(text) > MAX_BYTES:
        raise ExpressionError(f"a filter has at most {MAX_BYTES} bytes", MAX_BYTES)
    for position, character in enumerate(text):
        if 0xD800 <= ord(character) <= 0xDFFF or (character < " " and character not in "\t\r\n"):
            raise ExpressionError(f"U+{ord(character):04X} cannot stand in a filter", position)
    if len(text.encode()) > MAX_BYTES:
        raise ExpressionError(f"a filter has at most {MAX_BYTES} bytes", len(text))
    if not text.strip():
        raise ExpressionError("the filter is empty", 0)


@cache
def _parser() -> Lark:
    return Lark.open(
        "linq.lark", rel_to=__file__, parser="lalr", propagate_positions=True, maybe_placeholders=True
    )


def _read(text: str) -> Tree[Token]:
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise ExpressionError(_explain(error, text), _position(error, text)) from None


def _position(error: UnexpectedInput, text: str) -> int:
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    return len(text) if at_end else error.pos_in_stream or 0


def _explain(error: UnexpectedInput, text: str) -> str:
    position = _position(error, text)
    if position == len(text):
        return "more is needed here"
    if isinstance(error, UnexpectedToken):
        return f"'{error.token}' cannot stand here"
    return _HINTS.get(text[position : position + 2]) or _explain_character(text[position])


_HINTS = {
    "=>": "write >= to compare",
    '"': "this text is not closed",
    "'": 'write texts in double quotes: "…"',
    "=": "write == to compare",
    "&": "write && for and",
    "|": "write || for or",
}


def _explain_character(character: str) -> str:
    return _HINTS.get(character, f"'{character}' cannot stand here")


def _check_size(tree: Tree[Token]) -> None:
    """Count without recursion, so that no text exhausts the stack."""
    pending, nodes = [(tree, 0)], 0
    while pending:
        node, depth = pending.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            raise ExpressionError(f"a filter nests at most {MAX_DEPTH} deep", node.meta.start_pos)
        if nodes > MAX_NODES:
            raise ExpressionError(f"a filter has at most {MAX_NODES} parts", node.meta.start_pos)
        pending.extend((child, depth + 1) for child in _parts(node))


def _parts(node: Tree[Token]) -> list[Tree[Token]]:
    """List what counts below a node: `x.Amount` is one part, and the literals of a list count in it alone."""
    children = _flat_children(node)
    if node.data == "array":
        if len(children) > MAX_LIST:
            raise ExpressionError(f"a list has at most {MAX_LIST} items", children[MAX_LIST].meta.start_pos)
        return [child for child in children if child.data not in _LITERALS]
    if node.data in ("member", "method"):
        return [child for child in children if child.data != "name"]
    return children


def _flat_children(node: Tree[Token]) -> list[Tree[Token]]:
    children: list[Tree[Token]] = []
    for child in node.children:
        if isinstance(child, Tree):
            children += _flat_children(child) if child.data == "arguments" else [child]
    return children
