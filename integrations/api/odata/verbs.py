"""The hub's verbs as those of a set: values into columns, refusals into the names of the wire."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

from integrationhub.wire.authentication.prefixes import CLIENT_HEADER
from integrationhub.wire.odata.errors import Detail, ODataError, invalid
from integrationhub.wire.odata.registry import Caller, EntityResult, EntityType, Operation, Values
from integrations.errors import Conflict, Fault, NotAllowed, Refused
from integrations.models import Client
from integrations.principals import Scope


class Verbs(NamedTuple):
    create: Callable[[Caller, Values], Any]
    update: Callable[[Caller, Any, Values], None]
    delete: Callable[[Caller, Any], None]


def owned_verbs(
    kind: EntityType,
    make: Callable[[Caller], Any],
    keep: Callable[..., object],
    remove: Callable[..., None],
    *,
    converted: Mapping[str, tuple[str, Callable[[Any], Any]]] = MappingProxyType({}),
) -> Verbs:
    """Of rows that `make` begins for a caller, `keep(row, by=, now=)` checks and saves, `remove` deletes.

    `converted`: by property that the wire spells otherwise, its column, and what makes the column's value.
    """

    def create(caller: Caller, values: Values) -> Any:
        row = make(caller)
        update(caller, row, values)
        return row

    def update(caller: Caller, row: Any, values: Values) -> None:
        assign(row, kind, values)
        for name in converted.keys() & values.keys():
            column, convert = converted[name]
            setattr(row, column, convert(values[name]))
        with spoken(kind):
            keep(row, by=caller.principal, now=caller.now)

    def delete(caller: Caller, row: Any) -> None:
        with spoken(kind):
            remove(row, by=caller.principal)

    return Verbs(create, update, delete)


def assign(row: Any, kind: EntityType, values: Values) -> None:
    for name, value in values.items():
        declared = kind.property(name)
        if declared is not None and declared.source is not None:
            setattr(row, declared.source, value)


@contextmanager
def spoken(kind: EntityType | None = None) -> Iterator[None]:
    """Turns what a verb refuses into an answer that names the properties at fault."""
    try:
        yield
    except Refused as refusal:
        raise _answer(refusal, _names(kind) if kind else {}) from None


def client_of(caller: Caller) -> Client:
    """Whose the new row is. Staff have to say so."""
    if caller.principal.client is None:
        message = f"Name the client: by the header {CLIENT_HEADER}, or by /<client>/ before the path."
        raise ODataError(400, "", message, CLIENT_HEADER)
    client: Client = caller.principal.client
    return client


def act(
    name: str,
    kind: EntityType,
    verb: Callable[..., object],
    *,
    on: str,
    scope: Scope = Scope.WRITE,
    **more: Any,
) -> Operation:
    """An action on one row that calls `verb(row, by=, now=)` and answers the row as it is then."""

    def run(caller: Caller, bound: Any, arguments: Mapping[str, Any]) -> Any:
        row = bound.get()
        with spoken(kind):
            verb(row, by=caller.principal, now=caller.now, **arguments)
        return {"Id": row.pk}

    return Operation(name, "action", run, bound_to=on, returns=EntityResult(on), scope=scope, **more)


def _answer(refusal: Refused, names: Mapping[str, str]) -> ODataError:
    details = [_detail(fault, names) for fault in refusal.faults]
    match refusal:
        case NotAllowed():
            return ODataError(403, "", refusal.message, details[0].target or None)
        case Conflict():
            return ODataError(409, "", refusal.message, details[0].target or None)
    return invalid(details)


def _detail(fault: Fault, names: Mapping[str, str]) -> Detail:
    field = fault.field or ""
    return Detail(names.get(field) or names.get(f"{field}_id") or field, fault.message)


def _names(kind: EntityType) -> dict[str, str]:
    """The names of the wire by those of the columns."""
    return {each.source or each.name.lower(): each.name for each in kind.properties}
