"""The demo's data: three clients, what they hold, what they have switched on, and fresh keys."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from channels import points
from channels.models import IntegrationPoint
from demo import definitions
from demo.definitions import (
    OWN_SENDING,
    PAYMENT_STATUS_POLL,
    PAYMENTS_EXPORT,
    RATES_EXPORT,
    RECEIPTS_IMPORT,
    RECEIVING,
    SENDINGS,
)
from demo.payments import make_payments
from demo.rates import read_rates
from integrations import activation, credentials, records
from integrations.models import Client, Credential, Entity, Integration, Record, System
from integrations.principals import Principal, Scope

STAFF = "admin"
NOTE = "hub_demo"
PAYMENTS_EACH = 600
SEED = 2026


@dataclass(frozen=True, slots=True)
class Cast:
    """One client of the demo, and which of the hub's integrations it uses."""

    code: str
    name: str
    time_zone: str
    uses: tuple[str, ...]


CAST = (
    Cast("nordwind", "Nordwind Handels AG", "Europe/Berlin", (RATES_EXPORT, RECEIPTS_IMPORT)),
    Cast("acme", "Acme Industries Ltd", "Europe/London", (PAYMENTS_EXPORT, PAYMENT_STATUS_POLL)),
    Cast("borealis", "Borealis Oy", "Europe/Helsinki", (PAYMENTS_EXPORT,)),
)
RATES_HOLDER = "nordwind"
OWN_INTEGRATION_HOLDER = "borealis"
CHANNEL_HOLDER, CHANNEL = "nordwind", "SHOP"


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """A client's fresh credentials; they carry every scope a client can have."""

    client: Client
    bearer: str = field(repr=False)
    username: str
    password: str = field(repr=False)
    soticket: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffKeys:
    username: str
    password: str = field(repr=False)
    bearer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Planted:
    """What is there after planting. The secrets in it are shown once and kept nowhere else."""

    staff: StaffKeys
    clients: list[ClientKeys]
    integrations: list[Integration]
    channel: IntegrationPoint = field(repr=False)
    erp_url: str
    erp_bearer: str = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "staff": {
                "username": self.staff.username,
                "password": self.staff.password,
                "bearer": self.staff.bearer,
            },
            "clients": [_client_as_json(keys) for keys in self.clients],
            "integrations": [
                {"id": each.pk, "name": each.name, "managed": each.managed, "direction": each.direction_id}
                for each in self.integrations
            ],
            "channel": {
                "id": str(self.channel.point_id),
                "code": self.channel.code,
                "token_local": self.channel.token_local,
                "client": self.channel.client.code,
            },
        }


def plant(*, erp_url: str, erp_moves: bool, now: datetime) -> Planted:
    """Make what is missing, keep what is there, and issue fresh credentials in place of the last ones.

    With `erp_moves` the ERP is at the URL from now on, and takes the token that the hub's system has;
    without, only if it has not been anywhere yet.
    """
    user, password = _renew_staff_user()
    clients = {cast.code: _make_client(cast) for cast in CAST}
    _store_records(definitions.define_entities(), clients, now=now)
    systems = _define_systems(clients[OWN_INTEGRATION_HOLDER], erp_url, moves=erp_moves)
    integrations = _define_integrations(*systems, now=now)
    _switch_on(clients, integrations, by=Principal(user, None, frozenset(Scope.values)), now=now)
    _revoke_last_keys(now)
    bearer = credentials.issue("bearer", now=now, user=user, scopes=Scope.values, note=NOTE).token
    return Planted(
        staff=StaffKeys(user.get_username(), password, bearer),
        clients=[_issue_keys(client, now) for client in clients.values()],
        integrations=list(integrations.values()),
        channel=_make_channel(clients[CHANNEL_HOLDER], now=now),
        erp_url=systems[0].base_url,
        erp_bearer=systems[0].secret,
    )


def _renew_staff_user() -> tuple[User, str]:
    user, _ = User.objects.get_or_create(username=STAFF)
    password = secrets.token_urlsafe(12)
    user.is_staff = user.is_superuser = user.is_active = True
    user.set_password(password)
    user.save()
    return user, password


def _make_client(cast: Cast) -> Client:
    client, _ = Client.objects.get_or_create(
        code=cast.code, defaults={"name": cast.name, "time_zone": cast.time_zone}
    )
    return client


def _store_records(entities: Mapping[str, Entity], clients: Mapping[str, Client], *, now: datetime) -> None:
    for client in clients.values():
        if client.code == RATES_HOLDER:
            _store(client, entities[definitions.RATES], read_rates, now=now)
        else:
            _store(client, entities[definitions.PAYMENTS], _payments_of(client), now=now)


def _payments_of(client: Client) -> Callable[[], Iterable[dict[str, Any]]]:
    # As of the client's own beginning: made again, they are the same.
    return lambda: make_payments(client.code, PAYMENTS_EACH, seed=SEED, now=client.created_on)


def _store(
    client: Client, entity: Entity, make: Callable[[], Iterable[dict[str, Any]]], *, now: datetime
) -> None:
    rows = list(make())
    if Record.objects.for_client(client).filter(entity=entity).count() < len(rows):
        records.store(client, entity, rows, now=now)


def _define_systems(owner: Client, url: str, *, moves: bool) -> tuple[System, System]:
    """The ERP of the hub, and the same ERP as a client reaches it on its own account."""
    token = secrets.token_urlsafe(24)
    shared = definitions.define_erp(None, url, bearer=token)
    own = definitions.define_erp(owner, url, bearer=shared.secret)
    if moves:
        for system in (shared, own):
            definitions.move_erp(system, url, bearer=shared.secret)
    return shared, own


def _define_integrations(shared: System, own: System, *, now: datetime) -> dict[str, Integration]:
    every_minute = definitions.define_schedule(None, "Every minute", "* * * * *")
    every_second_minute = definitions.define_schedule(own.owner, "Every second minute", "*/2 * * * *")
    return {
        **{
            sending.name: definitions.define_integration(sending, shared, schedule=every_minute, now=now)
            for sending in SENDINGS
        },
        OWN_SENDING.name: definitions.define_integration(
            OWN_SENDING, own, schedule=every_second_minute, now=now
        ),
        RECEIVING.name: definitions.define_integration(RECEIVING, shared, schedule=every_minute, now=now),
    }


def _switch_on(
    clients: Mapping[str, Client], integrations: Mapping[str, Integration], *, by: Principal, now: datetime
) -> None:
    uses = [(cast.code, name) for cast in CAST for name in cast.uses]
    for code, name in [*uses, (OWN_INTEGRATION_HOLDER, OWN_SENDING.name)]:
        row = activation.activate_for(clients[code], integrations[name])
        # What somebody switched off stays off.
        if not row.activation_no:
            activation.enable(row, now=now, by=by)


def _make_channel(client: Client, *, now: datetime) -> IntegrationPoint:
    """Takes receipts in, and turns them into items of the import that the client has switched on."""
    held = IntegrationPoint.objects.for_client(client).filter(code=CHANNEL).select_related("client").first()
    if held is not None:
        return held
    parameters = {
        "integration": RECEIPTS_IMPORT,
        "mapping": "{Key: Id, Item: @, BookedOn: BookedOn}",
        "items": "[@]",
        "key": "Key",
        "name": "Item.Number",
    }
    values = {
        "code": CHANNEL,
        "type": "public",
        "recv_svcscriptcode": "enqueue",
        "opts.title": "Receipts of the shop",
        "opts.recv_parameters": parameters,
    }
    return points.create(client, values, by=Principal(None, client, frozenset(Scope.values)), now=now)


def _revoke_last_keys(now: datetime) -> None:
    for credential in Credential.objects.valid(now).filter(note=NOTE):
        credentials.revoke(credential, now)


def _issue_keys(client: Client, now: datetime) -> ClientKeys:
    scopes = [scope for scope in Scope.values if scope != Scope.STAFF]
    bearer, basic, ticket = (
        credentials.issue(scheme, now=now, client=client, scopes=scopes, note=NOTE)
        for scheme in ("bearer", "basic", "soticket")
    )
    return ClientKeys(client, bearer.token, basic.credential.prefix, basic.token, ticket.token)


def _client_as_json(keys: ClientKeys) -> dict[str, Any]:
    return {
        "code": keys.client.code,
        "bearer": keys.bearer,
        "basic": {"username": keys.username, "password": keys.password},
        "soticket": keys.soticket,
    }
