"""Properties and navigations that many sets have."""

from typing import Any

from integrationhub.wire.odata.edm import Primitive
from integrationhub.wire.odata.registry import Navigation, Property

STRING, INT32, BOOLEAN, MOMENT = (
    Primitive.STRING,
    Primitive.INT32,
    Primitive.BOOLEAN,
    Primitive.DATE_TIME_OFFSET,
)

ROW_VERSION = "row_version"


def key(*aliases: str) -> Property:
    return Property("Id", INT32, "id", nullable=False, aliases=aliases)


def name(length: int = 128, **facets: Any) -> Property:
    return Property("Name", STRING, "name", nullable=False, min_length=1, max_length=length, **facets)


def shown(label: str, kind: Primitive, source: str, *, nullable: bool = True, **facets: Any) -> Property:
    """What the hub says of a row, and nobody writes."""
    return Property(label, kind, source, nullable=nullable, computed=True, **facets)


def flag(label: str, source: str, *aliases: str, default: bool = False) -> Property:
    return Property(label, BOOLEAN, source, nullable=False, default=default, aliases=aliases)


DATES = (
    shown("CreatedOn", MOMENT, "created_on", nullable=False),
    shown("UpdatedOn", MOMENT, "updated_on", nullable=False),
)
# Whose a row is: of what a caller sees, its own or the hub's (null); staff see all.
OWNER = shown("OwnerCode", STRING, "owner__code", max_length=64)
CLIENT = shown("ClientCode", STRING, "client__code", nullable=False, max_length=64)


def to_one(
    label: str, target: str, column: str, *, by: str = "", partner: str | None = None, nullable: bool = False
) -> Navigation:
    """`by` is the property that refers to the other row: what is written there has to be a visible row."""
    return Navigation(
        label,
        target,
        local=column,
        remote="pk",
        nullable=nullable,
        partner=partner,
        constraint={by or f"{label}Id": "Id"},
    )


def to_many(label: str, target: str, column: str, *, partner: str | None = None) -> Navigation:
    """`column` of the other rows refers to this one."""
    return Navigation(label, target, local="pk", remote=column, many=True, partner=partner)
