"""Every member of the entity integration_point on the wire: its name, where it is kept, who may do what.

The documents leave much of this open; whatever is our own reading of them stands in MEMBERS, once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, cast
from uuid import UUID

from django.db.models import Field as DatabaseField

from channels.models import IntegrationPoint
from channels.tokens import indexes_of
from integrationhub.wire.era import shapes
from integrationhub.wire.era.filters import Field, FilterReader
from integrationhub.wire.expressions.types import Scalar
from integrations import texts
from integrations.errors import Refused

GROUPS = ("opts", "ext")
_MOST_TEXTS = 100


class Shown(Enum):
    ALWAYS = auto()
    SINGLY = auto()  # in the answer with one entity, not in lists
    WHEN_SET = auto()  # the sample knows nothing of it: there as soon as it says something, or is asked for
    NEVER = auto()


Read = Callable[[Any], Any]


class InvalidValue(ValueError):  # noqa: N818
    """A value that a member cannot have; the text goes on after the member's name."""


@dataclass(frozen=True, slots=True)
class Member:
    """`read` turns a JSON value into what is kept, or raises InvalidValue; None: the hub alone writes it."""

    name: str
    column: str
    read: Read | None
    shown: Shown = Shown.ALWAYS
    default: Any = ""
    filtered: Scalar | None = None

    def value_of(self, point: IntegrationPoint) -> Any:
        value = getattr(point, self.column)
        if self.filtered is Scalar.DATETIME:
            return shapes.moment(value)
        return str(value) if isinstance(value, UUID) else value


def _text(most: int, *, required: bool = False) -> Read:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidValue("must be a text.")
        if reason := texts.refusal(value):
            raise InvalidValue(reason)
        if len(value) > most:
            raise InvalidValue(f"has more than {most} characters.")
        if required and not value.strip():
            raise InvalidValue("must not be empty.")
        return value

    return read


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue("must be true or false.")
    return value


def _count(most: int) -> Read:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise InvalidValue(f"must be a whole number from 0 to {most}.")
        return value

    return read


def _id(value: Any) -> UUID:
    if not isinstance(value, str) or not shapes.is_id(value):
        raise InvalidValue("must be an id such as b4680fbe-016c-d86f-1d6b-50e54938780c.")
    return UUID(value)


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > _MOST_TEXTS:
        raise InvalidValue(f"must be a list of at most {_MOST_TEXTS} texts.")
    return [_text(256)(each) for each in value]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidValue("must be an object.")
    return value


def _or_null(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


_TEXT, _INT, _BOOLEAN = Scalar.STRING, Scalar.INT, Scalar.BOOLEAN
_SET = Shown.WHEN_SET

MEMBERS: tuple[Member, ...] = (
    Member("id", "point_id", _id, filtered=Scalar.GUID),
    Member("code", "code", _text(128, required=True), filtered=_TEXT),
    Member("type", "type", _text(64, required=True), filtered=_TEXT),
    Member("token_local", "token_local", None),
    Member("token_remote", "token_remote", _text(4096)),
    Member("token_remote2", "token_remote2", _text(4096)),
    Member("url", "url", _text(2048), filtered=_TEXT),
    Member("recv_svcscriptcode", "recv_svcscriptcode", _text(64), filtered=_TEXT),
    Member("recv_svcscriptcode_ws", "recv_svcscriptcode_ws", _text(64), filtered=_TEXT),
    Member("send_svcscriptcode", "send_svcscriptcode", _text(64), filtered=_TEXT),
    Member("send_svcscriptcode_ws", "send_svcscriptcode_ws", _text(64), filtered=_TEXT),
    Member("opts.title", "title", _text(256), filtered=_TEXT),
    Member("opts.comment", "comment", _text(4096), Shown.SINGLY, filtered=_TEXT),
    Member("opts.allow_files_api", "allow_files_api", _flag, default=False, filtered=_BOOLEAN),
    Member("opts.issync", "issync", _flag, default=False, filtered=_BOOLEAN),
    Member("opts.recv_timeout", "recv_timeout", _count(60), _SET, 0, _INT),
    Member("opts.roles", "roles", _texts, _SET, []),
    Member("opts.userid", "userid", _or_null(_id), _SET, None, Scalar.GUID),
    Member("opts.filter_capabilities", "filter_capabilities", _or_null(_texts), _SET, None),
    Member("opts.ip_mask", "ip_mask", _text(1000), _SET, filtered=_TEXT),
    Member("opts.recv_parameters", "recv_parameters", _object, _SET, {}),
    Member("opts.send_parameters", "send_parameters", _object, _SET, {}),
    Member("opts.send_rate", "send_rate", _count(100_000), _SET, 0, _INT),
    Member("opts.signature", "signature", _text(16), _SET, filtered=_TEXT),
    Member("opts.signature_header", "signature_header", _text(128), _SET),
    Member("opts.signing_secret", "signing_secret", _text(256), Shown.NEVER),
    Member("ext.ct", "created_on", None, filtered=Scalar.DATETIME),
    Member("ext.lwt", "updated_on", None, filtered=Scalar.DATETIME),
)
BY_NAME: Mapping[str, Member] = {member.name: member for member in MEMBERS}
NAMES = tuple(member.name for member in MEMBERS if member.shown is not Shown.NEVER)

# What a type may lay down for its channels.
SUPPLIED = frozenset(
    {
        "recv_svcscriptcode",
        "recv_svcscriptcode_ws",
        "send_svcscriptcode",
        "send_svcscriptcode_ws",
        "url",
        "opts.issync",
        "opts.recv_timeout",
    }
)

FILTERS = FilterReader(
    "integration_point",
    [
        *(Field(member.name, member.column, member.filtered) for member in MEMBERS if member.filtered),
        Field("token_local", "token_index", Scalar.STRING, encode=indexes_of),
        Field("tokenlocal", "token_index", Scalar.STRING, encode=indexes_of),
    ],
)
COLUMNS: "dict[str, DatabaseField[Any, Any]]" = {
    column: cast("DatabaseField[Any, Any]", IntegrationPoint._meta.get_field(column))
    for column in ("token_index", *(member.column for member in MEMBERS if member.filtered))
}
ORDERED = {member.name: member.column for member in MEMBERS if member.filtered}


def show(point: IntegrationPoint, mask: Iterable[str] = (), *, singly: bool) -> list[tuple[str, Any]]:
    """The members of a channel by dotted names: those of the mask, or without one those that are usual."""
    chosen = frozenset(mask)
    return [
        (member.name, member.value_of(point))
        for member in MEMBERS
        if (member.name in chosen if chosen else _is_usual(member, point, singly))
    ]


def _is_usual(member: Member, point: IntegrationPoint, singly: bool) -> bool:
    if member.shown is Shown.WHEN_SET:
        return bool(getattr(point, member.column) != member.default)
    return member.shown is Shown.ALWAYS or (singly and member.shown is Shown.SINGLY)


def read(body: object) -> dict[str, Any]:
    """What a body says, by member names. Raises Refused, naming the member at fault.

    What the hub alone writes comes along as it was sent: whether it may be there is for the verb to say.
    """
    if not isinstance(body, dict):
        raise Refused("Send an object: an integration_point.")
    values: dict[str, Any] = {}
    for name, value in shapes.flatten(body, GROUPS):
        values[shapes.mended(name)] = _read_one(shapes.mended(name), value)
    return values


def _read_one(name: str, value: Any) -> Any:
    member = BY_NAME.get(name)
    if member is None:
        raise Refused("There is no such field.", field=texts.printable(name)[:100])
    if member.read is None:
        return value
    try:
        return member.read(value)
    except InvalidValue as error:
        raise Refused(f"{name} {error}", field=name) from None
