"""How the databases spell comparisons."""

from collections.abc import Mapping

from .arithmetic import Operator
from .columns import (
    Encode,
    Vendor,
    encode_date_text,
    encode_moment_text,
    encode_number_text,
    encode_text,
    encode_time_text,
)
from .sqlite import NUMBER_COLLATION
from .tree import Comparison

MIRRORED: Mapping[Comparison, Comparison] = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.NOT_EQUAL: Comparison.NOT_EQUAL,
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_OR_EQUAL: Comparison.GREATER_OR_EQUAL,
    Comparison.GREATER: Comparison.LESS,
    Comparison.GREATER_OR_EQUAL: Comparison.LESS_OR_EQUAL,
}
NULL_SAFE: Mapping[tuple[Vendor, Comparison], str] = {
    ("postgresql", Comparison.EQUAL): "IS NOT DISTINCT FROM",
    ("postgresql", Comparison.NOT_EQUAL): "IS DISTINCT FROM",
    ("sqlite", Comparison.EQUAL): "IS",
    ("sqlite", Comparison.NOT_EQUAL): "IS NOT",
}
WHOLE: Mapping[tuple[Vendor, Operator], str] = {
    ("postgresql", Operator.ADD): "({0}::bigint + {1}::bigint)",
    ("postgresql", Operator.SUBTRACT): "({0}::bigint - {1}::bigint)",
    ("postgresql", Operator.MULTIPLY): "({0}::bigint * {1}::bigint)",
    ("postgresql", Operator.DIVIDE): "({0}::bigint / NULLIF({1}::bigint, 0))",
    ("postgresql", Operator.MODULO): "({0}::bigint %% NULLIF({1}::bigint, 0))",
    ("sqlite", Operator.ADD): "({0} + {1})",
    ("sqlite", Operator.SUBTRACT): "({0} - {1})",
    ("sqlite", Operator.MULTIPLY): "({0} * {1})",
    ("sqlite", Operator.DIVIDE): "({0} / {1})",  # by zero is null there
    ("sqlite", Operator.MODULO): "({0} %% {1})",
}
_ORDERS = ("<", "<=", ">", ">=")
_ORDINAL = (encode_text, encode_date_text, encode_moment_text, encode_time_text)


def null_test(operator: Comparison) -> str:
    """Give the SQL of a comparison with null."""
    tests = {Comparison.EQUAL: "({0} IS NULL)", Comparison.NOT_EQUAL: "({0} IS NOT NULL)"}
    return tests.get(operator, "FALSE")


def collation(vendor: Vendor, encode: Encode, sign: str) -> str:
    """Give the COLLATE that makes texts compare by code point, and numbers kept as texts by value.

    PostgreSQL needs none for equality, which then can use an index of the column's own collation. SQLite
    needs one always: without, it takes up one from deep inside an operand.
    """
    if vendor == "sqlite":
        return f" COLLATE {NUMBER_COLLATION if encode is encode_number_text else 'BINARY'}"
    return ' COLLATE "C"' if sign in _ORDERS and encode in _ORDINAL else ""
