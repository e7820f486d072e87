"""Connections of clients to systems: made, changed, switched on and off, put in order, deleted."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from integrations import auditing, sign_ins
from integrations.activation import align, touch
from integrations.cleaning import clean
from integrations.errors import Conflict, Refused
from integrations.models import ClientIntegration, Connection, System
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope

MOST_CONNECTIONS = 1000
MOST_ACCESS_IDS = 1000
# What each way of signing in asks for.
SIGN_IN = {
    System.Authentication.NONE: (),
    System.Authentication.BASIC: ("username", "secret"),
    System.Authentication.BEARER: ("secret",),
    System.Authentication.API_KEY: ("secret",),
    System.Authentication.OAUTH2: ("username", "secret"),
}


def in_use(client_id: int, system: System) -> Connection | None:
    """The client's first active connection to the system that has a sign-in."""
    rows = Connection.objects.present().filter(client=client_id, system=system, active=True)
    return next((row for row in rows if row.secret), None)  # an encrypted column cannot be searched


def is_disconnected(client_id: int, system: System) -> bool:
    """Whether the client has connections to the system, and none of them is in use."""
    rows = Connection.objects.filter(client=client_id, system=system)
    return rows.exists() and not rows.present().filter(active=True).exists()


def save(connection: Connection, *, by: Principal, now: datetime) -> None:
    """Check and save a connection, new or changed. Raises Refused or NotAllowed; nothing is saved then."""
    _check_may_write(connection, by)
    if connection.deleted:
        raise Conflict("The connection is deleted.")
    if connection.system.owner_id not in (None, connection.client_id):
        raise Refused("There is no such system.", field="system")
    if not connection.name.strip():
        raise Refused("The name is missing.", field="name")
    _check_access(connection)
    drop_unasked(connection)
    clean(connection)
    with transaction.atomic():
        if connection.pk is None:
            connection.position = _next_position(connection)
        else:
            connection.row_version += 1
        connection.save()
        auditing.note("save connection", connection, by=by, now=now, active=connection.active)
        _align(connection, now)


def toggle(connection: Connection, *, by: Principal, now: datetime) -> None:
    """Active becomes inactive, and the other way round."""
    _check_may_write(connection, by)
    with transaction.atomic():
        rows = Connection.objects.present().select_for_update(of=("self",)).filter(pk=connection.pk)
        if not rows.update(active=~F("active"), updated_on=now, row_version=F("row_version") + 1):
            raise Conflict("The connection is deleted.")
        connection.refresh_from_db()
        auditing.note("toggle connection", connection, by=by, now=now, active=connection.active)
        _align(connection, now)


def delete(connection: Connection, *, by: Principal, now: datetime) -> None:
    """Marks it as deleted; its links go. Doing what is done already changes nothing."""
    _check_may_write(connection, by)
    with transaction.atomic():
        rows = Connection.objects.present().filter(pk=connection.pk)
        changes = {"deleted": True, "active": False, "secret": "", "updated_on": now}
        if rows.update(**changes, row_version=F("row_version") + 1):
            connection.links.all().delete()
            auditing.note("delete connection", connection, by=by, now=now)
            _align(connection, now)
    connection.refresh_from_db()


def prioritise(connections: Sequence[Connection], *, by: Principal, now: datetime) -> None:
    """Synchronise them in this order. Those that are not named come after them, in the order they had."""
    for connection in connections:
        _check_may_write(connection, by)
    named = {connection.pk for connection in connections}
    clients = {connection.client_id for connection in connections}
    with transaction.atomic():
        others = Connection.objects.select_for_update().filter(client__in=clients).exclude(pk__in=named)
        for position, connection in enumerate([*connections, *others.order_by("position", "id")]):
            rows = Connection.objects.filter(pk=connection.pk).exclude(position=position)
            rows.update(position=position, updated_on=now, row_version=F("row_version") + 1)
        for connection in {(each.client_id, each.system_id): each for each in connections}.values():
            _align(connection, now)


def drop_unasked(connection: Connection) -> None:
    """What the system does not ask for any more is not kept."""
    asked = SIGN_IN[System.Authentication(connection.system.authentication)]
    for name in ("username", "secret"):
        if name not in asked:
            setattr(connection, name, "")


def _check_may_write(connection: Connection, by: Principal) -> None:
    check_scope(by, Scope.WRITE)
    check_acts_for(connection.client_id, by)


def _check_access(connection: Connection) -> None:
    for name in ("user_group_ids", "associate_ids"):
        if len(getattr(connection, name)) > MOST_ACCESS_IDS:
            raise Refused(f"At most {MOST_ACCESS_IDS} are named.", field=name)


def _next_position(connection: Connection) -> int:
    held = Connection.objects.filter(client=connection.client_id)
    if held.present().count() >= MOST_CONNECTIONS:
        raise Refused(f"A client has at most {MOST_CONNECTIONS} connections.")
    last: int | None = held.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _align(connection: Connection, now: datetime) -> None:
    of_system = ClientIntegration.objects.filter(
        client=connection.client_id, integration__system=connection.system_id
    )
    touch(of_system, now=now)
    align(of_system, now=now)
    sign_ins.tell_changed(connection.system_id, connection.client_id)
