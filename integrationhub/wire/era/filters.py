"""The platform's `filter`, in both of its grammars, as the shared expression tree.

Collections of settings take an object of equalities, `{"type": "telegram", "opts.issync": false}`; classes of
data take prefix expressions, `["&&", ["==", ["property", "code"], "A"], [">", ["property", "ext.ct"], "…"]]`.
Here either is taken everywhere. Operators: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `between`, `like`, `&&`,
`||`, `not`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from integrationhub.wire.era import shapes
from integrationhub.wire.expressions import conversion
from integrationhub.wire.expressions.functions import Function
from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.tree import (
    And,
    Compare,
    Comparison,
    Expression,
    In,
    Literal,
    Member,
    Not,
    Or,
    Span,
)
from integrationhub.wire.expressions.types import Scalar

LONGEST = 8_000
_DEEPEST = 5
_MOST_ITEMS = 200
_LARGEST_INT = 2**63 - 1
_NOWHERE = Span(0, 0)
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_COMPARISONS = {each.value: each for each in Comparison}
_EDGES = {
    (False, False): None,
    (False, True): Function.STARTS_WITH,
    (True, False): Function.ENDS_WITH,
    (True, True): Function.CONTAINS,
}


class FilterError(ValueError):
    """What is wrong with a filter; says where, and repeats no value."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that may be named. With `encode`, equality alone is possible: it gives the stored forms, any
    of which may be the one, of a value that is not stored in clear."""

    name: str
    column: str
    type: Scalar
    encode: Callable[[str], Sequence[str]] | None = None


class FilterReader:
    """Reads filters over these fields. A field that is not among them cannot be filtered by."""

    def __init__(self, entity: str, fields: Sequence[Field]) -> None:
        self._fields = {field.name: field for field in fields}
        self.schema = Schema(entity, tuple(Property(field.column, field.type) for field in fields))

    def read(self, text: str) -> Expression:
        """Raises FilterError."""
        if len(text) > LONGEST:
            raise FilterError(f"The filter has more than {LONGEST} characters.")
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            raise FilterError(f"The filter is not JSON: {error.msg} at column {error.colno}.") from None
        except (RecursionError, ValueError):
            raise FilterError("The filter is not JSON that can be read.") from None
        if isinstance(value, dict):
            return self._equalities(value)
        return self._condition(value, 0)

    def _equalities(self, wanted: Mapping[str, Any]) -> Expression:
        pairs = [pair for name, value in wanted.items() for pair in self._spread(name, value)]
        if len(pairs) > _MOST_ITEMS:
            raise FilterError(f"The filter has more than {_MOST_ITEMS} conditions.")
        tests = tuple(self._compare(Comparison.EQUAL, self._field(name), value) for name, value in pairs)
        if not tests:
            return Literal(value=True, type=Scalar.BOOLEAN, span=_NOWHERE)
        return tests[0] if len(tests) == 1 else And(operands=tests, span=_NOWHERE)

    def _spread(self, name: str, value: Any) -> list[tuple[str, Any]]:
        """`{"opts": {"issync": false}}` says the same as `{"opts.issync": false}`."""
        if isinstance(value, dict) and name not in self._fields:
            return [(f"{name}.{inner}", each) for inner, each in value.items()]
        return [(name, value)]

    def _condition(self, node: Any, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise FilterError(f"The filter is nested deeper than {_DEEPEST} levels.")
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            raise FilterError('A condition is an object, or a list: ["==", ["property", "code"], "A"].')
        operator, operands = node[0], node[1:]
        if operator in ("&&", "||"):
            return self._junction(operator, operands, depth)
        if operator in ("not", "!"):
            (inner,) = _exactly(1, operands, operator)
            return Not(operand=self._condition(inner, depth + 1), span=_NOWHERE)
        return self._test(operator, operands)

    def _junction(self, operator: str, operands: Sequence[Any], depth: int) -> Expression:
        if not 1 <= len(operands) <= _MOST_ITEMS:
            raise FilterError(f"{operator} joins 1 to {_MOST_ITEMS} conditions.")
        kind: type[And] | type[Or] = And if operator == "&&" else Or
        parts: list[Expression] = []
        for each in operands:
            part = self._condition(each, depth + 1)
            parts += part.operands if isinstance(part, kind) else [part]
        return parts[0] if len(parts) == 1 else kind(operands=tuple(parts), span=_NOWHERE)

    def _test(self, operator: str, operands: Sequence[Any]) -> Expression:
        if operator in _COMPARISONS:
            named, value = _exactly(2, operands, operator)
            return self._compare(_COMPARISONS[operator], self._property(named), value)
        if operator == "in":
            named, values = _exactly(2, operands, operator)
            return self._in(self._property(named), values)
        if operator == "between":
            named, low, high = _exactly(3, operands, operator)
            field = self._property(named)
            bounds = ((Comparison.GREATER_OR_EQUAL, low), (Comparison.LESS_OR_EQUAL, high))
            tests = tuple(self._compare(sign, field, value) for sign, value in bounds)
            return And(operands=tests, span=_NOWHERE)
        if operator == "like":
            named, pattern = _exactly(2, operands, operator)
            return _like(self._property(named), pattern)
        raise FilterError(f"There is no operator {operator[:20]!a}.")

    def _property(self, node: Any) -> Field:
        is_named = isinstance(node, list) and len(node) == 2 and node[0] == "property"
        if not is_named or not isinstance(node[1], str):
            raise FilterError('A comparison begins with ["property", name].')
        return self._field(node[1])

    def _field(self, name: str) -> Field:
        if name not in self._fields:
            raise FilterError(f"{name[:100]!a} is no field that can be filtered by.")
        return self._fields[name]

    def _compare(self, sign: Comparison, field: Field, value: Any) -> Expression:
        if field.encode is not None:
            return self._compare_encoded(sign, field, value)
        literal = _literal(field, value)
        if not sign.is_equality and (field.type is Scalar.BOOLEAN or literal.value is None):
            raise FilterError(f"{field.name} cannot be compared by {sign.value} with this value.")
        return Compare(operator=sign, left=_member(field), right=literal, span=_NOWHERE)

    def _compare_encoded(self, sign: Comparison, field: Field, value: Any) -> Expression:
        if not sign.is_equality:
            raise FilterError(f"{field.name} can be filtered by equality alone.")
        found = self._in(field, [value])
        return found if sign is Comparison.EQUAL else Not(operand=found, span=_NOWHERE)

    def _in(self, field: Field, values: Any) -> Expression:
        if not isinstance(values, list) or not 1 <= len(values) <= _MOST_ITEMS:
            raise FilterError(f"in takes a list of 1 to {_MOST_ITEMS} values.")
        literals = [_literal(field, value) for value in values]
        if field.encode is not None:
            literals = [
                _typed(Scalar.STRING, form)
                for literal in literals
                for form in field.encode(str(literal.value))
            ]
        return In(operand=_member(field), items=tuple(literals), span=_NOWHERE)


def _like(field: Field, pattern: Any) -> Expression:
    """Only a % at the edges is known: at the start, at the end, or at both."""
    if field.type is not Scalar.STRING or field.encode is not None or not isinstance(pattern, str):
        raise FilterError(f"{field.name} cannot be compared by like.")
    inner = pattern.removeprefix("%").removesuffix("%")
    if "%" in inner or "_" in inner:
        raise FilterError("A pattern of like has % at its start, at its end or at both, and no other sign.")
    text = _literal(field, inner)
    function = _EDGES[pattern.startswith("%"), len(pattern) > 1 and pattern.endswith("%")]
    if function is None:
        return Compare(operator=Comparison.EQUAL, left=_member(field), right=text, span=_NOWHERE)
    call = conversion.call(function, (_member(field), text), _NOWHERE)
    assert call is not None  # noqa: S101  (each of these functions takes two texts)
    return call


def _exactly(count: int, operands: Sequence[Any], operator: str) -> Sequence[Any]:
    if len(operands) != count:
        raise FilterError(f"{operator} takes {count} operands, not {len(operands)}.")
    return operands


def _member(field: Field) -> Member:
    return Member(name=field.column, type=field.type, span=_NOWHERE)


def _typed(kind: Scalar, value: object) -> Literal:
    return Literal(value=value, type=kind, span=_NOWHERE)


def _literal(field: Field, value: Any) -> Literal:
    if value is None and field.encode is None:
        return _typed(Scalar.NULL, None)
    read = _READERS[field.type](value)
    if read is None:
        raise FilterError(f"{field.name} is compared with {_NAMES[field.type]}.")
    return _typed(field.type, read)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and not _FORBIDDEN.search(value) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and abs(value) <= _LARGEST_INT else None


def _guid(value: Any) -> UUID | None:
    return UUID(value) if isinstance(value, str) and shapes.is_id(value) else None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_READERS: Mapping[Scalar, Callable[[Any], Any]] = {
    Scalar.STRING: _text,
    Scalar.BOOLEAN: _flag,
    Scalar.INT: _whole,
    Scalar.GUID: _guid,
    Scalar.DATETIME: _moment,
}
_NAMES = {
    Scalar.STRING: "a text",
    Scalar.BOOLEAN: "true or false",
    Scalar.INT: "a whole number",
    Scalar.GUID: "an id such as b4680fbe-016c-d86f-1d6b-50e54938780c",
    Scalar.DATETIME: "a time such as 2019-08-28T13:34:16.42Z",
}
