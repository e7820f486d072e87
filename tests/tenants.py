"""Clients that own one of everything, made by the shortest way: for tests that let one look for the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations import publishing
from integrations.models import (
    Account,
    Action,
    AuditEntry,
    Client,
    ClientIntegration,
    ClientIntegrationAccount,
    Consent,
    ConsentType,
    Credential,
    Entity,
    IntegrationRun,
    IntegrationVersion,
    OAuthApplication,
    Record,
    Schedule,
    System,
)
from queues.models import ActionAttempt, ActionLog, AttemptBody, BulkJob, IntegrationQueue
from queues.states import State
from tests.cast import draft_integration, make_action, make_schedule, make_system

# Nothing of these may ever be in an answer to the other client.
MARK = "zanzibar"


@dataclass(frozen=True)
class Estate:
    """What a client owns. `keys` has the name by which each row is addressed, by model."""

    client: Client
    keys: Mapping[type[Any], Any]

    def key(self, model: type[Any]) -> Any:
        return self.keys[model]


def make_estate(client: Client, entity: Entity, now: datetime, *, mark: str) -> Estate:
    """One row of every model that a client can own; the queue item is in the state Pending."""
    parts: dict[str, Any] = {
        "system": make_system(client, name=f"{mark} ERP", secret=f"{mark} secret"),
        "action": make_action(client, name=f"{mark} sending"),
        "schedule": make_schedule(client, name=f"{mark} hours"),
    }
    used = draft_integration(entity, client, name=f"{mark} export", **parts)
    used.save()
    activation = ClientIntegration.objects.create(
        client=client, integration=used, enabled=True, problem=f"{mark} problem", secret=f"{mark} secret"
    )
    rows = [
        client,
        entity,
        activation,
        *_make_accounts(activation, mark=mark),
        *_make_work(activation, entity, now, mark=mark),
        *_make_unused(client, entity, parts, mark=mark),
        *_make_past(activation, now, mark=mark),
    ]
    return Estate(client, {type(row): _key(row) for row in rows})


def _key(row: Any) -> Any:
    """A version is named by its integration's key and its number, which here are the same."""
    match row:
        case Client():
            return row.code
        case IntegrationVersion():
            return row.number
    return row.pk


def _make_work(activation: ClientIntegration, entity: Entity, now: datetime, *, mark: str) -> list[Any]:
    client = activation.client
    record = Record.objects.create(
        client=client,
        entity=entity,
        item_id=f"{mark} 1",
        item_name=f"{mark} payment",
        data={"Number": mark},
        digest="",
        item_updated_on=now,
        stored_on=now,
    )
    run = IntegrationRun.objects.create(
        client=client,
        client_integration=activation,
        version=1,
        started_on=now,
        touched_on=now,
        message=f"{mark} run",
    )
    item = IntegrationQueue.objects.create(
        client_integration=activation,
        client=client,
        integration=activation.integration,
        item_id=record.item_id,
        item_name=record.item_name,
        item_updated_on=now,
        state=State.PENDING,
        message=f"{mark} message",
        run=run,
        created_on=now,
        updated_on=now,
    )
    log = ActionLog.objects.create(
        item=item, client=client, client_integration=activation, cycle=1, version=1, started_on=now
    )
    attempt = ActionAttempt.objects.create(
        log=log, number=1, started_on=now, duration_ms=1, outcome="Retry", message=f"{mark} attempt"
    )
    AttemptBody.objects.create(attempt=attempt, request=f"{mark} body", created_on=now)
    return [record, run, item, log, attempt]


def _make_accounts(activation: ClientIntegration, *, mark: str) -> list[Any]:
    account = Account.objects.create(client=activation.client, name=f"{mark} account")
    link = ClientIntegrationAccount.objects.create(
        client=activation.client,
        client_integration=activation,
        account=account,
        api_reference=f"{mark} reference",
    )
    return [account, link]


def _make_unused(client: Client, entity: Entity, parts: Mapping[str, Any], *, mark: str) -> list[Any]:
    """Rows that nothing hangs on, so that their owner may change and delete them."""
    integration = draft_integration(entity, client, name=f"{mark} draft", **parts)
    integration.save()
    return [
        integration,
        System.objects.create(owner=client, name=f"{mark} spare ERP", base_url="https://erp.example.com"),
        _make_application(client, mark=mark),
        Action.objects.create(
            owner=client, name=f"{mark} spare", handler="http.send", configuration={"path": "/payments"}
        ),
        Schedule.objects.create(owner=client, name=f"{mark} spare hours", cron="0 * * * *"),
    ]


def _make_application(client: Client, *, mark: str) -> OAuthApplication:
    return OAuthApplication.objects.create(
        system=make_system(client, name=f"{mark} cloud", authentication=System.Authentication.OAUTH2),
        app_id=f"{mark} hub",
        authorization_url="https://login.example.com/authorize",
        token_url="https://login.example.com/token",
        secret=f"{mark} secret",
    )


def _make_past(activation: ClientIntegration, now: datetime, *, mark: str) -> list[Any]:
    """What has been agreed, published and done."""
    client, integration = activation.client, activation.integration
    type(integration).objects.filter(pk=integration.pk).update(version=integration.pk)
    definition = {name: getattr(integration, name) for name in publishing.DEFINITION}
    return [
        Consent.objects.create(client=client, consent_type_id=ConsentType.Id.CONFIRM, granted_on=now),
        IntegrationVersion.objects.create(
            integration=integration, number=integration.pk, definition=definition, published_on=now
        ),
        BulkJob.objects.create(
            act="retry", client=client, actor=f"{mark} person", total=1, created_on=now, touched_on=now
        ),
        Credential.objects.create(
            prefix=mark, scheme=Credential.Scheme.BASIC, client=client, note=f"{mark} key", scopes=["read"]
        ),
        AuditEntry.objects.create(on=now, actor=f"{mark} person", client=client, act="test", target="x"),
    ]
