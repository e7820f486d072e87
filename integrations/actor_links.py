"""Which actor of a system is which record of the hub, and the values that go with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from integrations import records, texts
from integrations.errors import Conflict, Refused
from integrations.models import ActorLink, Connection, Entity, Record
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope

KEY_LENGTH = 450


def connect(
    connection: Connection,
    record: Record,
    *,
    actor_type: str,
    key: str,
    values: Mapping[str, str | None],
    by: Principal,
    now: datetime,
) -> None:
    """Links the two, and sets properties of the record, given as texts: both or nothing.

    Raises Refused, and Conflict when the record or the key is linked to another.
    """
    _check(connection, record, by)
    _check_key(actor_type, key)
    with transaction.atomic():
        _link(connection, record, actor_type, key)
        if values:
            _set(record, values, now)


def unlink(connection: Connection, record: Record, *, by: Principal) -> bool:
    """Whether there was a link."""
    _check(connection, record, by)
    links = ActorLink.objects.filter(connection=connection, entity=record.entity_id, item_id=record.item_id)
    return bool(links.delete()[0])


def find_linked(connection: Connection, actor_type: str, key: str) -> tuple[str, str] | None:
    """(entity id, item id) of the record that is linked to this actor."""
    found: tuple[str, str] | None = (
        ActorLink.objects.filter(connection=connection, actor_type=actor_type, key=key)
        .values_list("entity_id", "item_id")
        .first()
    )
    return found


def entity_of(actor_type: str) -> Entity | None:
    """The entity of this name, in any case; `Unknown` and an empty name are none. Raises Refused."""
    if actor_type.strip().lower() in ("", "unknown"):
        return None
    found = (
        None if texts.refusal(actor_type) else Entity.objects.filter(id__iexact=actor_type.strip()).first()
    )
    if found is None:
        raise Refused("No entity has the name of this actor type.", field="actor_type")
    return found


def _link(connection: Connection, record: Record, actor_type: str, key: str) -> None:
    named = {"entity_id": record.entity_id, "item_id": record.item_id}
    try:
        with transaction.atomic():
            ActorLink.objects.get_or_create(
                connection=connection,
                actor_type=actor_type,
                key=key,
                **named,
                defaults={"client": record.client},
            )
    except IntegrityError:
        raise Conflict("The record or the key is linked to another one already.") from None


def _set(record: Record, values: Mapping[str, str | None], now: datetime) -> None:
    """A new version of the record."""
    entity = record.entity
    kinds = dict(entity.properties.values_list("name", "type"))
    typed = {name: _typed(name, kinds, value) for name, value in values.items()}
    row = {**record.data, entity.updated_on_property: now.isoformat(), **typed}
    records.store(record.client, entity, [row], now=now)


def _check(connection: Connection, record: Record, by: Principal) -> None:
    check_scope(by, Scope.WRITE)
    check_acts_for(connection.client_id, by)
    if connection.deleted:
        raise Conflict("The connection is deleted.")
    if record.client_id != connection.client_id:
        raise Refused("There is no such record.", field="record")


def _check_key(actor_type: str, key: str) -> None:
    if not 0 < len(key) <= KEY_LENGTH:
        raise Refused(f"A key has 1 to {KEY_LENGTH} characters.", field="key")
    if reason := texts.refusal(key + actor_type):
        raise Refused(f"A key {reason}", field="key")
    if len(actor_type) > 64:
        raise Refused("An actor type has at most 64 characters.", field="actor_type")


def _typed(name: str, kinds: Mapping[str, str], value: str | None) -> Any:
    if name not in kinds:
        raise Refused(f"There is no property {texts.printable(name)[:100]}.", field="field_values")
    if value is None:
        return None
    try:
        match kinds[name]:
            case "Int":
                return int(value)
            case "Double":
                return float(value)
            case "Boolean":
                return {"true": True, "false": False}[value.strip().lower()]
    except (ValueError, KeyError):
        raise Refused(f"The value of {name} is no {kinds[name]}.", field="field_values") from None
    return value
