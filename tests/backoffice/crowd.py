"""Rows of every model, in any number: to see that a page asks as many questions of a crowd as of one."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import Group, User

from channels.models import ChannelType, IntegrationPoint, MessageLog, SendingState
from integrations.models import (
    Account,
    AccountState,
    Action,
    ActorLink,
    AuditEntry,
    AuthorizationRequest,
    Client,
    ClientIntegration,
    ClientIntegrationAccount,
    Connection,
    Consent,
    ConsentType,
    Credential,
    Element,
    EngineSwitch,
    Entity,
    EntityProperty,
    ExternalIntegration,
    Integration,
    IntegrationRun,
    IntegrationVersion,
    KeptAnswer,
    Membership,
    OAuthApplication,
    OAuthToken,
    Record,
    Schedule,
    System,
)
from queues.models import (
    ActionAttempt,
    ActionLog,
    AttemptBody,
    Breaker,
    BulkJob,
    EngineBeat,
    InboundPayload,
    IntegrationQueue,
    OutcomeHour,
    PullWatermark,
    RetentionMark,
    StateSnapshot,
)
from queues.states import State


def gather(numbers: Iterable[int], *, now: datetime) -> None:
    """One more of everything for each number; the rows of number 0 also get another child each time."""
    for number in numbers:
        client, integration = _definition(number, now)
        activation = _activation(client, integration, number, now)
        _item(activation, number, now)
        _account(activation, number)
        _people(client, number)
        _channel(client, number, now)
    _children(now)


def _channel(client: Client, number: int, now: datetime) -> None:
    ChannelType.objects.create(type=f"type{number}")
    point = IntegrationPoint.objects.create(
        client=client,
        point_id=UUID(int=number),
        code="A",
        type="public",
        token_local=f"{number:032}",
        token_index=str(number),
        token_remote="s",
    )
    SendingState.objects.create(point=point, failing_since=now, off_on=now, off_reason="Gone.")
    MessageLog.objects.create(
        client=client, point=point, direction="in", on=now, peer="::1", size=0, outcome="Stored"
    )


def _definition(number: int, now: datetime) -> tuple[Client, Integration]:
    client = Client.objects.create(code=f"client{number}", name=f"Client {number}")
    entity = Entity.objects.create(
        id=f"Entity{number}", name="Entity", key_property="Id", name_property="Id", updated_on_property="On"
    )
    integration = Integration.objects.create(
        owner=client,
        name="Own",
        entity=entity,
        direction_id="Outbound",
        system=System.objects.create(
            owner=client, name="ERP", base_url="https://erp.example.com", secret="s"
        ),
        action=Action.objects.create(owner=client, name="Send", handler="http.send"),
        schedule=Schedule.objects.create(owner=client, name="Hourly", cron="0 * * * *"),
        version=1,
    )
    IntegrationVersion.objects.create(integration=integration, number=1, definition={}, published_on=now)
    return client, integration


def _activation(client: Client, integration: Integration, number: int, now: datetime) -> ClientIntegration:
    consent = Consent.objects.create(client=client, consent_type_id=ConsentType.Id.CONFIRM, granted_on=now)
    Record.objects.create(
        client=client,
        entity=integration.entity,
        item_id="1",
        item_name="One",
        data={},
        digest="",
        item_updated_on=now,
        stored_on=now,
    )
    activation = ClientIntegration.objects.create(
        client=client, integration=integration, consent=consent, secret="s", problem="Broken.", problem_on=now
    )
    _connected(activation, consent, now)
    return activation


def _connected(activation: ClientIntegration, consent: Consent, now: datetime) -> None:
    application = OAuthApplication.objects.create(
        system=activation.integration.system,
        app_id="hub",
        secret="s",
        token_url="https://erp.example.com/token",
    )
    OAuthToken.objects.create(
        consent=consent, application=application, access_token="s", obtained_on=now, last_error="Broken."
    )
    AuthorizationRequest.objects.create(
        digest=str(activation.pk),
        client_integration=activation,
        application=application,
        verifier="s",
        redirect_uri="https://hub.example.com/oauth/callback",
        started_on=now,
    )


def _item(activation: ClientIntegration, number: int, now: datetime) -> None:
    owner = {"client": activation.client, "client_integration": activation}
    run = IntegrationRun.objects.create(**owner, version=1, started_on=now, touched_on=now)
    item = IntegrationQueue.objects.create(
        **owner,
        integration=activation.integration,
        item_id=str(number),
        item_name=f"Item {number}",
        item_updated_on=now,
        state=State.DEAD_LETTER,
        message="Refused.",
        run=run,
        created_on=now,
        updated_on=now,
    )
    log = ActionLog.objects.create(item=item, **owner, cycle=1, version=1, started_on=now)
    _attempt(log, now)
    _connection(activation)
    external = ExternalIntegration.objects.create(
        client=activation.client, system=activation.integration.system, name="Orders"
    )
    IntegrationRun.objects.create(client=activation.client, external=external, started_on=now, touched_on=now)
    EngineBeat.objects.create(name=f"part {number}", seen_on=now)
    InboundPayload.objects.create(item=item, body="{}", pulled_on=now)
    PullWatermark.objects.create(client_integration=activation)
    Breaker.objects.create(
        client=activation.client,
        system=activation.integration.system,
        failures=5,
        open_until=now,
        failing_since=now,
        reason="Refused.",
    )
    EngineSwitch.objects.create(client=activation.client)
    BulkJob.objects.create(
        act="retry", actor="staff", client=activation.client, created_on=now, touched_on=now
    )
    RetentionMark.objects.create(name=f"table {number}", key=number)
    StateSnapshot.objects.create(client_integration=activation, taken_on=now, settled_on=now)
    OutcomeHour.objects.create(client_integration=activation, hour=now)


def _account(activation: ClientIntegration, number: int) -> None:
    AccountState.objects.create(id=f"State{number}", name=f"State {number}")
    account = Account.objects.create(client=activation.client, name="Current account")
    ClientIntegrationAccount.objects.create(
        client=activation.client, client_integration=activation, account=account, consent=activation.consent
    )
    Element.objects.create(id=f"Element{number}", name=f"Element {number}")


def _connection(activation: ClientIntegration) -> None:
    owner = {"client": activation.client}
    connection = Connection.objects.create(
        **owner, system=activation.integration.system, name="ERP", secret="s"
    )
    ActorLink.objects.create(
        **owner,
        connection=connection,
        entity=activation.integration.entity,
        item_id="1",
        actor_type="Customer",
        key="1",
    )


def _attempt(log: ActionLog, now: datetime) -> None:
    attempt = ActionAttempt.objects.create(
        log=log, number=1, started_on=now, duration_ms=1, outcome=ActionAttempt.Outcome.RETRY
    )
    AttemptBody.objects.create(attempt=attempt, request="GET /", response="200", created_on=now)


def _people(client: Client, number: int) -> None:
    user = User.objects.create(username=f"user{number}")
    Group.objects.create(name=f"Group {number}")
    Membership.objects.create(client=client, user=user)
    AuditEntry.objects.create(
        on=client.created_on, actor=user.username, user=user, client=client, act="x", target="y"
    )
    Credential.objects.create(prefix=str(number), scheme="basic", client=client, user=user, scopes=["read"])
    KeptAnswer.objects.create(caller="user 1", key=str(number), claimed_on=client.created_on)
    AccessLog.objects.create(username=user.username, user_agent=str(number))
    AccessFailureLog.objects.create(username=user.username, user_agent=str(number))
    AccessAttempt.objects.create(username=user.username, user_agent=str(number), failures_since_start=1)


def _children(now: datetime) -> None:
    """As many children for the first rows as there are rows."""
    log, client, entity = (
        ActionLog.objects.earliest("id"),
        Client.objects.earliest("id"),
        Entity.objects.get(pk="Entity0"),
    )
    for number in range(EntityProperty.objects.count(), Client.objects.count()):
        EntityProperty.objects.create(entity=entity, name=f"P{number}", type="String")
        _attempt(log, now)
        Membership.objects.get_or_create(client=client, user=User.objects.get(username=f"user{number}"))
