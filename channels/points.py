"""Making, changing and deleting channels, and renewing what opens them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F

from channels import checking
from channels.members import BY_NAME, SUPPLIED
from channels.models import ChannelType, IntegrationPoint, MessageLog
from channels.tokens import index_of, new_token
from integrations import auditing
from integrations.errors import Conflict, Refused
from integrations.models import Client
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope

OVERLAP = timedelta(hours=24)
_SECRETS = frozenset({"token_remote", "token_remote2", "signing_secret"})
_PAGE = 5000


class TooMany(Refused):
    """The type allows a client no further channel."""


class Taken(Conflict):
    """The client has a channel of this id."""


def create(client: Client, values: Mapping[str, Any], *, by: Principal, now: datetime) -> IntegrationPoint:
    """`values` by member names. The local token is made here, whatever the values say. Raises Refused."""
    check_scope(by, Scope.CHANNELS)
    check_acts_for(client.pk, by)
    for name in ("code", "type"):
        if name not in values:
            raise Refused(f"{name} is required.", field=name)
    with transaction.atomic():
        kind = ChannelType.objects.select_for_update().filter(type=values["type"]).first()
        _check_room(client, kind)
        point = IntegrationPoint(client=client, point_id=values.get("id") or uuid4())
        _assign(point, values)
        _supply(point, kind, values)
        checking.check(point)
        _set_token(point)
        _insert(point, now)
    return point


def change(point: IntegrationPoint, values: Mapping[str, Any], *, by: Principal, now: datetime) -> None:
    """Changes what the values name; `id` and `token_local` may only be what they are. Raises Refused.

    The row must be locked, in a transaction.
    """
    check_scope(by, Scope.CHANNELS)
    check_acts_for(point.client_id, by)
    _check_fixed(point, values)
    kind = ChannelType.objects.select_for_update().filter(type=values.get("type", point.type)).first()
    if kind is not None and kind.type != point.type:
        _check_room(point.client, kind)
    before = {name: getattr(point, name) for name in _SECRETS}
    _assign(point, values)
    _supply(point, kind, values)
    checking.check(point)
    if any(getattr(point, name) != before[name] for name in _SECRETS):
        point.secrets_version += 1
    if point.signing_secret != before["signing_secret"]:
        point.old_signing_secret = before["signing_secret"]
        point.old_signing_secret_until = now + OVERLAP
    _save(point, now)


def delete(point: IntegrationPoint, *, by: Principal) -> None:
    check_scope(by, Scope.CHANNELS)
    check_acts_for(point.client_id, by)
    erase(point)


def erase(point: IntegrationPoint) -> None:
    """With its messages, page by page: there may be many. What is queued for it will find it gone."""
    messages = MessageLog.objects.filter(point=point)
    while keys := list(messages.order_by("pk").values_list("pk", flat=True)[:_PAGE]):
        messages.filter(pk__lte=keys[-1]).delete()
    point.delete()


def rotate_token(point: IntegrationPoint, *, by: Principal, now: datetime) -> None:
    """A new local token; the one before opens nothing from now on."""
    check_scope(by, Scope.CHANNELS)
    check_acts_for(point.client_id, by)
    with transaction.atomic():
        _set_token(point)
        point.secrets_version += 1
        _save(point, now)
        auditing.note("channel token rotated", point, by=by, now=now)


def apply_type(kind: ChannelType) -> int:
    """Gives what the type supplies to the channels that are there. Returns to how many."""
    columns = {BY_NAME[name].column: value for name, value in kind.supplied.items()}
    if not columns:
        return 0
    points = IntegrationPoint.objects.filter(type=kind.type)
    return points.update(**columns, row_version=F("row_version") + 1)


def _check_fixed(point: IntegrationPoint, values: Mapping[str, Any]) -> None:
    for name in ("id", "token_local"):
        if name in values and values[name] != getattr(point, BY_NAME[name].column):
            raise Refused(f"{name} cannot be changed.", field=name)


def _check_room(client: Client, kind: ChannelType | None) -> None:
    if kind is None or kind.most_points is None:
        return
    if IntegrationPoint.objects.for_client(client).filter(type=kind.type).count() >= kind.most_points:
        raise TooMany(f"There may be {kind.most_points} channels of the type {kind.type}.", field="type")


def _assign(point: IntegrationPoint, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        member = BY_NAME[name]
        if member.read is not None and name != "id":
            setattr(point, member.column, value)


def _supply(point: IntegrationPoint, kind: ChannelType | None, values: Mapping[str, Any]) -> None:
    """What the type lays down is not the channel's to say."""
    supplied = {} if kind is None else {name: kind.supplied[name] for name in SUPPLIED & set(kind.supplied)}
    for name, value in supplied.items():
        if name in values and values[name] != value:
            raise Refused(f"{name} is laid down by the type {point.type}.", field=name)
        setattr(point, BY_NAME[name].column, value)


def _set_token(point: IntegrationPoint) -> None:
    point.token_local = new_token()
    point.token_index = index_of(point.token_local)


def _insert(point: IntegrationPoint, now: datetime) -> None:
    try:
        with transaction.atomic():
            point.save(force_insert=True)
    except IntegrityError:
        raise Taken("There is a channel of this id.", field="id") from None
    _date(point, created_on=now, updated_on=now)


def _save(point: IntegrationPoint, now: datetime) -> None:
    point.row_version += 1
    point.save()
    _date(point, updated_on=now)


def _date(point: IntegrationPoint, **moments: datetime) -> None:
    """One moment for one change: Django's own fields each look at the clock by themselves."""
    IntegrationPoint.objects.filter(pk=point.pk).update(**moments)
    for name, moment in moments.items():
        setattr(point, name, moment)
