"""How the types of the wire stand in the expression language."""

from collections.abc import Mapping

from integrationhub.wire.expressions.types import Enumeration, Scalar

from .edm import EdmType, EnumType, Primitive

_SCALARS: Mapping[EdmType, Scalar] = {
    Primitive.BOOLEAN: Scalar.BOOLEAN,
    Primitive.BYTE: Scalar.INT,
    Primitive.DATE: Scalar.DATE,
    Primitive.DATE_TIME_OFFSET: Scalar.DATETIME,
    Primitive.DECIMAL: Scalar.DECIMAL,
    Primitive.DOUBLE: Scalar.DOUBLE,
    Primitive.DURATION: Scalar.DURATION,
    Primitive.GUID: Scalar.GUID,
    Primitive.INT16: Scalar.INT,
    Primitive.INT32: Scalar.INT,
    Primitive.INT64: Scalar.INT,
    Primitive.SBYTE: Scalar.INT,
    Primitive.SINGLE: Scalar.DOUBLE,
    Primitive.STRING: Scalar.STRING,
}

# The type whose literals a text is read as where OData 4.01 turns it into a value.
PRIMITIVES: Mapping[Scalar, Primitive] = {
    Scalar.BOOLEAN: Primitive.BOOLEAN,
    Scalar.DATE: Primitive.DATE,
    Scalar.DATETIME: Primitive.DATE_TIME_OFFSET,
    Scalar.DECIMAL: Primitive.DECIMAL,
    Scalar.DOUBLE: Primitive.DOUBLE,
    Scalar.DURATION: Primitive.DURATION,
    Scalar.GUID: Primitive.GUID,
    Scalar.INT: Primitive.INT64,
    Scalar.TIME: Primitive.TIME_OF_DAY,
}


def scalar_of(kind: EdmType) -> Scalar | Enumeration | None:
    """None for a type whose values cannot be compared here. An enumeration kept as numbers is one of them."""
    if isinstance(kind, EnumType):
        return Scalar.INT if kind.stored_as_number else Enumeration(kind.name, tuple(kind.members))
    return _SCALARS.get(kind)
