"""Running all integrations of a client now, without waiting for their schedules."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django_q.tasks import async_task

from integrations import engine_switch
from integrations.errors import Conflict
from integrations.models import Client, ClientIntegration, IntegrationRun
from integrations.principals import Principal
from queues import ticking

TICK = "queues.tasks.tick"


def sync_all(client: Client | None, *, by: Principal, now: datetime) -> int:
    """Starts a run of everything that is switched on: of one client, or of all. Returns how many.

    Raises Conflict while the engine is stopped.
    """
    state = engine_switch.look(client)
    if not state.is_running:
        raise Conflict("The engine is stopped." if state.hub_is_running else "The hub's engine is stopped.")
    return _start_runs(client, by, now)


def force_sync_all(client: Client, *, by: Principal, now: datetime) -> int:
    """As sync_all, also while the client has stopped its own engine. Raises Conflict while the hub's is."""
    with transaction.atomic():
        engine_switch.force(client, by=by, now=now)
        return _start_runs(client, by, now)


def _start_runs(client: Client | None, by: Principal, now: datetime) -> int:
    rows = ClientIntegration.objects.runnable()
    if client is not None:
        rows = rows.for_client(client)
    running = IntegrationRun.objects.filter(
        client_integration=OuterRef("pk"), status=IntegrationRun.Status.RUNNING
    )
    idle = rows.exclude(Exists(running)).select_related("integration").defer("secret")
    runs = [_run(activation, by, now) for activation in idle]
    IntegrationRun.objects.bulk_create(runs)
    transaction.on_commit(_wake, robust=True)
    return len(runs)


def _run(activation: ClientIntegration, by: Principal, now: datetime) -> IntegrationRun:
    return IntegrationRun(
        client_id=activation.client_id,
        client_integration_id=activation.pk,
        version=activation.integration.version,
        started_on=now,
        touched_on=now - ticking.SILENT_FOR * 2,  # nobody has it in hand: the next tick takes it up
        message=f"Started by {by}."[:1000],
    )


def _wake() -> None:
    async_task(TICK)
