"""An OData expression as it is written, before its names and types are known."""

from __future__ import annotations

from dataclasses import dataclass

from integrationhub.wire.expressions.types import Scalar


@dataclass(frozen=True, slots=True)
class Part:
    """One name of a path, and where it stands."""

    name: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Syntax):
    value: object
    type: Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixed(Syntax):
    """A quoted text with the name of its type before it."""

    prefix: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfDay(Syntax):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias(Syntax):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Path(Syntax):
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Syntax):
    name: str
    arguments: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Syntax):
    """`case(condition:value, …)`."""

    branches: tuple[tuple[Syntax, Syntax], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantified(Syntax):
    """`path/any(x:body)`, `path/all(x:body)`, `path/any()`."""

    quantifier: str
    path: Path
    variable: str
    body: Syntax | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Syntax):
    """`path/$count`, or `path/$count($filter=body)`."""

    path: Path
    body: Syntax | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(Syntax):
    """`not` or `-`."""

    operator: str
    operand: Syntax


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Syntax):
    """`operator` is in lower case and stands at `place`."""

    operator: str
    left: Syntax
    right: Syntax
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Syntax):
    """`operand in (item, …)`."""

    operand: Syntax
    items: tuple[Syntax, ...]
