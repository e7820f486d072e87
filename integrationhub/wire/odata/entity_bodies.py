"""A row as a body gives it: what may be written, references to other rows, what is taken where absent."""

from collections.abc import Iterator, Mapping
from enum import StrEnum, auto
from typing import Any

from . import references
from .bodies import Body, shown
from .errors import ODataError
from .exchange import Exchange
from .keys import key_filter
from .plans import DYNAMIC
from .registry import MISSING, DynamicProperties, EntitySet, EntityType, Navigation, Property
from .resources import Kind

_BIND = ("odata.bind", "bind")


class Purpose(StrEnum):
    INSERT = auto()  # absent: the default, or left to the verb
    REPLACE = auto()  # absent: the default, or null
    CHANGE = auto()  # absent: stays as it is


def values_of(
    exchange: Exchange, entity_set: EntitySet, body: Body, purpose: Purpose, *, row: Any = None
) -> dict[str, Any]:
    """Python values by declared name; those of an open type's own are under DYNAMIC. Raises 400, 501.

    What the caller cannot set (keys the service makes, computed and read-only properties) is passed over, as
    OData asks. `row` is the instance to be changed.
    """
    kind = entity_set.type
    found = _declared(entity_set, body, purpose)
    found |= _bound(exchange, entity_set, body, found, purpose)
    if purpose is not Purpose.CHANGE:
        _complete(kind, body, found, purpose)
    if kind.dynamic is not None:
        found[DYNAMIC] = _dynamic(exchange, kind, kind.dynamic, body, found, row=row, purpose=purpose)
    _check_references(exchange, kind, body, found)
    body.raise_faults()
    return found


def _declared(entity_set: EntitySet, body: Body, purpose: Purpose) -> dict[str, Any]:
    kind = entity_set.type
    found: dict[str, Any] = {}
    for name, given in body.members.items():
        if "@" in name:
            continue
        declared = kind.property(name)
        if declared is None:
            _refuse(kind, body, name)
        elif declared.name in found:
            body.blame_double(declared.name, declared.name)
        elif _is_writable(entity_set, declared, purpose):
            found[declared.name] = body.value(declared, given)
    return found


def _refuse(kind: EntityType, body: Body, name: str) -> None:
    """A name that is no declared property. Those of an open type are looked at later."""
    if navigation := kind.navigation(name):
        raise ODataError(
            501, "", f"Writing {navigation.name} within another row is not implemented.", navigation.name
        )
    if kind.dynamic is None:
        body.blame(shown(name), f"{kind.name} has no property {shown(name)}.")


def _is_writable(entity_set: EntitySet, declared: Property, purpose: Purpose) -> bool:
    if declared.computed:
        return False
    if declared.name in entity_set.type.key:
        return purpose is Purpose.INSERT and entity_set.key_is_client_chosen
    return declared.insertable if purpose is Purpose.INSERT else declared.updatable


def _complete(kind: EntityType, body: Body, found: dict[str, Any], purpose: Purpose) -> None:
    blamed = {fault.target for fault in body.faults}
    for declared in kind.properties:
        if declared.name in found or declared.computed or declared.name in kind.key:
            continue
        if not (declared.insertable if purpose is Purpose.INSERT else declared.updatable):
            continue
        if declared.default is not MISSING:
            found[declared.name] = declared.default
        elif not declared.nullable:
            if not declared.optional and declared.name not in blamed:
                body.blame(declared.name, f"{declared.name} is required.")
        elif purpose is Purpose.REPLACE:
            found[declared.name] = None


def _bound(
    exchange: Exchange, entity_set: EntitySet, body: Body, given: Mapping[str, Any], purpose: Purpose
) -> dict[str, Any]:
    """What `X@odata.bind` says, as the values of the properties that refer to the other row."""
    found: dict[str, Any] = {}
    for name, url in body.members.items():
        before, _, annotation = name.partition("@")
        if not before or annotation.lower() not in _BIND:
            continue
        navigation = entity_set.type.navigation(before)
        if navigation is None or not _is_bindable(entity_set, navigation, purpose):
            body.blame(shown(name), f"{shown(before)} cannot be bound.")
            continue
        referring = _reference(exchange, navigation, body, url)
        if doubles := referring.keys() & (given.keys() | found.keys()):
            body.blame_double(shown(name), min(doubles))
        found |= referring
    return found


def _is_bindable(entity_set: EntitySet, navigation: Navigation, purpose: Purpose) -> bool:
    referring = [entity_set.type.property(name) for name in navigation.constraint]
    return bool(referring) and all(
        declared is not None and _is_writable(entity_set, declared, purpose) for declared in referring
    )


def _reference(exchange: Exchange, navigation: Navigation, body: Body, url: Any) -> dict[str, Any]:
    target = f"{navigation.name}@odata.bind"
    if url is None and navigation.nullable:
        return dict.fromkeys(navigation.constraint)
    key = _key_at(exchange, navigation, url) if isinstance(url, str) else None
    if key is None:
        body.blame(target, f"{target} names no row of {navigation.target}.")
        return dict.fromkeys(navigation.constraint)
    return {dependent: key[principal] for dependent, principal in navigation.constraint.items()}


def _key_at(exchange: Exchange, navigation: Navigation, url: str) -> Mapping[str, Any] | None:
    try:
        resource = references.parse_entity_url(exchange, url)
    except ODataError:
        return None
    if resource.kind is not Kind.ENTITY or resource.set is None or resource.rows is None:
        return None
    if resource.set.name != navigation.target:
        return None
    columns = {
        principal: declared.source
        for principal in navigation.constraint.values()
        if (declared := resource.set.type.property(principal)) and declared.source
    }
    rows = resource.rows
    if navigation.referable and resource.key and resource.via is None:
        rows = navigation.referable(exchange.principal).filter(**key_filter(resource.set.type, resource.key))
    values = rows.values_list(*columns.values()).first()
    return None if values is None else dict(zip(columns, values, strict=True))


def _check_references(exchange: Exchange, kind: EntityType, body: Body, found: Mapping[str, Any]) -> None:
    """A row that the caller cannot see is refused in the words for one that does not exist."""
    blamed = {fault.target for fault in body.faults}
    for navigation, wanted in _references(kind, found):
        if blamed & {*wanted, f"{navigation.name}@odata.bind"}:
            continue
        target = exchange.service.target(navigation)
        columns = {_source(target.type, principal): value for principal, value in wanted.values()}
        rows = (navigation.referable or target.visible_to)(exchange.principal)
        if not rows.filter(**columns).exists():
            body.blame(next(iter(wanted)), f"There is no row of {target.name} with this key.")


def _references(
    kind: EntityType, found: Mapping[str, Any]
) -> Iterator[tuple[Navigation, dict[str, tuple[str, Any]]]]:
    """The rows that given values refer to: by dependent property, the principal one and the value."""
    for navigation in kind.navigations:
        if navigation.many or not navigation.constraint:
            continue
        wanted = {
            dependent: (principal, found.get(dependent))
            for dependent, principal in navigation.constraint.items()
        }
        if all(value is not None for _, value in wanted.values()):
            yield navigation, wanted


def _source(kind: EntityType, name: str) -> str:
    declared = kind.property(name)
    if declared is None or declared.source is None:
        raise TypeError(f"{kind.name}.{name} is referred to and has no column")
    return declared.source


def _dynamic(
    exchange: Exchange,
    kind: EntityType,
    open_to: DynamicProperties,
    body: Body,
    found: Mapping[str, Any],
    *,
    row: Any,
    purpose: Purpose,
) -> dict[str, Any]:
    """The properties of its own that the row has by its discriminator; without one nothing can be said."""
    chosen = _discriminator(kind, open_to, found, row)
    declared = open_to.declared(exchange.principal, [chosen]).get(chosen) if chosen is not None else None
    if declared is None:
        if chosen is not None:
            body.blame(open_to.discriminator, f"{open_to.discriminator} names nothing that is known.")
        return {}
    known = {each.name.lower(): each for each in declared}
    members = {name: given for name, given in body.members.items() if kind.property(name) is None}
    absent = {each.name: None for each in declared} if purpose is Purpose.REPLACE else {}
    return absent | body.parts(lambda name: known.get(name.lower()), members)


def _discriminator(kind: EntityType, open_to: DynamicProperties, found: Mapping[str, Any], row: Any) -> Any:
    """What decides on the properties of its own that a row has: as given, else as the row has it."""
    given = found.get(open_to.discriminator)
    return getattr(row, _source(kind, open_to.discriminator)) if given is None and row is not None else given
