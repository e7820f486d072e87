"""Several conditions as one, flat as the tree wants it."""

from collections.abc import Iterable

from integrationhub.wire.expressions.tree import And, Expression, Or, Span


def joined(kind: type[And | Or], operands: Iterable[Expression], span: Span | None = None) -> Expression:
    """One operand or more."""
    flat: list[Expression] = []
    for each in operands:
        flat.extend(each.operands if isinstance(each, kind) else (each,))
    return flat[0] if len(flat) == 1 else kind(operands=tuple(flat), span=span or flat[0].span)
