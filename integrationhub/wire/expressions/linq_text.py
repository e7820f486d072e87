"""Write a tree as a Linq text that parses to the same tree."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from functools import singledispatch
from typing import Any, NamedTuple

from .arithmetic import Operator
from .functions import Function
from .linq_names import CAST_NAMES, MEMBERS, METHODS, STATIC_METHODS
from .tree import (
    And,
    Arithmetic,
    Call,
    Cast,
    Clock,
    Coalesce,
    Compare,
    Conditional,
    Expression,
    In,
    Literal,
    Member,
    Negate,
    Not,
    NullAsFalse,
    Or,
    Quantify,
)
from .types import Enumeration, Scalar

_PARAMETERS = "xyz"

# How tightly a text holds together; an operand looser than its place demands gets parentheses.
_CONDITIONAL, _COALESCE, _OR, _AND, _EQUALITY, _ORDER, _SUM, _PRODUCT, _UNARY, _PRIMARY = range(10)


class Spelled(NamedTuple):
    text: str
    tightness: int


def unparse(expression: Expression) -> str:
    """Give the canonical text of a filter. Implicit conversions and null rules are spelled out."""
    return f"x => {spell(expression).text}"


def _operand(expression: Expression, tightness: int) -> str:
    spelled = spell(expression)
    return spelled.text if spelled.tightness >= tightness else f"({spelled.text})"


@singledispatch
def spell(node: Expression) -> Spelled:
    raise NotImplementedError(type(node).__name__)


@spell.register
def _(node: Literal) -> Spelled:
    if isinstance(node.type, Enumeration):
        return Spelled(f"{node.type.name}.{node.value}", _PRIMARY)
    text = _LITERALS[node.type](node.value)
    return Spelled(text, _UNARY if text.startswith("-") else _PRIMARY)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(map(_escape_control, escaped))}"'


def _escape_control(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if letter < " " else letter


def _spell_date(value: date) -> str:
    return f"new DateTime({value.year}, {value.month}, {value.day})"


def _spell_moment(value: datetime) -> str:
    if value.time() == time():
        return _spell_date(value)
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second]
    if value.microsecond:
        parts += divmod(value.microsecond, 1000)
    return f"new DateTime({', '.join(map(str, parts))})"


_LITERALS: Mapping[Scalar, Callable[[Any], str]] = {
    Scalar.NULL: lambda _: "null",
    Scalar.STRING: _quote,
    Scalar.BOOLEAN: lambda value: "true" if value else "false",
    Scalar.INT: str,
    Scalar.DECIMAL: "{:f}m".format,
    Scalar.DOUBLE: repr,
    Scalar.DATETIME: _spell_moment,
    Scalar.DATE: _spell_date,
    Scalar.DURATION: lambda value: f"TimeSpan.FromSeconds({value.total_seconds()!r})",
    Scalar.GUID: 'new Guid("{}")'.format,
}


@spell.register
def _(node: Clock) -> Spelled:
    return Spelled("DateTime.UtcNow", _PRIMARY)


@spell.register
def _(node: Member) -> Spelled:
    return Spelled(f"{_PARAMETERS[node.level]}.{node.name}", _PRIMARY)


@spell.register
def _(node: Negate) -> Spelled:
    return Spelled(f"-{_operand(node.operand, _UNARY)}", _UNARY)


@spell.register
def _(node: Not) -> Spelled:
    return Spelled(f"!{_operand(node.operand, _UNARY)}", _UNARY)


@spell.register
def _(node: NullAsFalse) -> Spelled:
    return spell(node.operand)


@spell.register
def _(node: Cast) -> Spelled:
    return Spelled(f"({_CAST_NAMES[node.type]}){_operand(node.operand, _UNARY)}", _UNARY)


_CAST_NAMES = {kind: name for name, kind in CAST_NAMES.items() if name != "long"}


def _infix(left: Expression, sign: str, right: Expression, tightness: int) -> Spelled:
    """Spell an operator that groups to the left."""
    return Spelled(f"{_operand(left, tightness)} {sign} {_operand(right, tightness + 1)}", tightness)


@spell.register
def _(node: Arithmetic) -> Spelled:
    additive = node.operator in (Operator.ADD, Operator.SUBTRACT)
    return _infix(node.left, node.operator, node.right, _SUM if additive else _PRODUCT)


@spell.register
def _(node: Compare) -> Spelled:
    return _infix(node.left, node.operator, node.right, _EQUALITY if node.operator.is_equality else _ORDER)


@spell.register
def _(node: And) -> Spelled:
    return Spelled(" && ".join(_operand(operand, _EQUALITY) for operand in node.operands), _AND)


@spell.register
def _(node: Or) -> Spelled:
    return Spelled(" || ".join(_operand(operand, _AND) for operand in node.operands), _OR)


@spell.register
def _(node: Coalesce) -> Spelled:
    return Spelled(f"{_operand(node.left, _OR)} ?? {_operand(node.right, _COALESCE)}", _COALESCE)


@spell.register
def _(node: Conditional) -> Spelled:
    test = _operand(node.test, _COALESCE)
    return Spelled(f"{test} ? {spell(node.then).text} : {spell(node.otherwise).text}", _CONDITIONAL)


@spell.register
def _(node: In) -> Spelled:
    return Spelled(f"new[] {{{_list(node.items)}}}.Contains({spell(node.operand).text})", _PRIMARY)


@spell.register
def _(node: Quantify) -> Spelled:
    body = f"{_PARAMETERS[node.level]} => {spell(node.body).text}" if node.body else ""
    return Spelled(f"{spell(node.collection).text}.{node.quantifier}({body})", _PRIMARY)


_MEMBER_NAMES = {function: name for (_, name), function in MEMBERS.items()}
_METHOD_NAMES = {function: name for (_, name), function in METHODS.items()}
_STATIC_NAMES = {function: f"{owner}.{name}" for (owner, name), function in STATIC_METHODS.items()}


@spell.register
def _(node: Call) -> Spelled:
    first, *rest = node.arguments
    if node.function is Function.CONCAT:
        return _infix(first, "+", rest[0], _SUM)
    if static := _STATIC_NAMES.get(node.function):
        return Spelled(f"{static}({_list(node.arguments)})", _PRIMARY)
    receiver = _operand(first, _PRIMARY)
    if member := _MEMBER_NAMES.get(node.function):
        return Spelled(f"{receiver}.{member}", _PRIMARY)
    return Spelled(f"{receiver}.{_METHOD_NAMES[node.function]}({_list(rest)})", _PRIMARY)


def _list(expressions: Sequence[Expression]) -> str:
    return ", ".join(spell(each).text for each in expressions)
