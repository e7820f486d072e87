"""Figures for Prometheus, computed from rows when they are asked for: every process tells the same."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Sum
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from integrations.api.authentication import caller
from integrations.models import ClientIntegration, EngineSwitch
from queues.clock import database_now
from queues.models import EngineBeat, IntegrationQueue, OutcomeHour, StateSnapshot
from queues.models.numbers import COLUMNS

_OUTCOMES = ("done", "retried", "dead", "snoozed", "cancelled", "crashed")


class HubCollector(Collector):
    def collect(self) -> Iterable[GaugeMetricFamily]:
        now = database_now()
        yield from _items(now)
        yield _outcomes(now)
        yield _oldest_due(now)
        yield _activations()
        yield _engine()
        yield _beats(now)


class IsStaff(BasePermission):
    """The figures span all clients. Being on this machine proves nothing: the hub calls what clients name."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return caller(request).spans_clients


class TextRenderer(BaseRenderer):
    media_type = "text/plain"
    format = "txt"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        problem = data.get("detail", "") if isinstance(data, Mapping) else data
        return str(problem).encode()


class MetricsView(APIView):
    permission_classes = (IsStaff,)
    renderer_classes = (TextRenderer,)
    http_method_names = ["get", "head"]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        registry = CollectorRegistry()
        registry.register(HubCollector())
        return HttpResponse(
            generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8"
        )


def _items(now: datetime) -> Iterable[GaugeMetricFamily]:
    """As the tick has counted them last, and how long ago that was."""
    numbers = {column: Sum(column, default=0) for column in COLUMNS.values()}
    totals = StateSnapshot.objects.aggregate(**numbers, taken_on=Min("taken_on"))
    title = "Queue items by state, as of the last count"
    family = GaugeMetricFamily("hub_queue_items", title, labels=["state"])
    for state, column in COLUMNS.items():
        family.add_metric([state.value], totals[column])
    yield family
    if totals["taken_on"]:
        age = (now - totals["taken_on"]).total_seconds()
        yield GaugeMetricFamily("hub_queue_items_age_seconds", "Time since that count", value=age)


def _outcomes(now: datetime) -> GaugeMetricFamily:
    """By whole hours, so that a figure falls only when an hour leaves the day."""
    hours = OutcomeHour.objects.filter(hour__gt=now - timedelta(hours=24))
    totals = hours.aggregate(**{name: Sum(name, default=0) for name in _OUTCOMES})
    title = "What came of the attempts of the last 24 hours"
    family = GaugeMetricFamily("hub_attempts_last_day", title, labels=["outcome"])
    for name, number in totals.items():
        family.add_metric([name], number)
    return family


def _oldest_due(now: datetime) -> GaugeMetricFamily:
    """How late the engine is. An item under a lease is due when the lease ends: it counts once it is lost."""
    due = IntegrationQueue.objects.due(now).order_by("due_at", "id")
    oldest = due.values_list("due_at", flat=True).first()
    age = (now - oldest).total_seconds() if oldest else 0
    return GaugeMetricFamily("hub_queue_oldest_due_seconds", "Age of the oldest due queue item", value=age)


def _activations() -> GaugeMetricFamily:
    rows = ClientIntegration.objects.order_by()
    counts = {
        "runnable": rows.runnable().count(),
        "late": rows.due(timezone.now()).count(),
        "with a problem": rows.filter(enabled=True).exclude(problem="").count(),
    }
    family = GaugeMetricFamily(
        "hub_client_integrations", "Client integrations by condition", labels=["condition"]
    )
    for condition, count in counts.items():
        family.add_metric([condition], count)
    return family


def _engine() -> GaugeMetricFamily:
    stopped = EngineSwitch.objects.filter(running=False)
    counts = {"hub": stopped.filter(client=None).count(), "clients": stopped.exclude(client=None).count()}
    family = GaugeMetricFamily(
        "hub_engine_stopped", "Scopes in which the engine has been stopped", labels=["scope"]
    )
    for scope, count in counts.items():
        family.add_metric([scope], count)
    return family


def _beats(now: datetime) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "hub_engine_beat_age_seconds", "Time since each part of the engine was seen", labels=["part"]
    )
    for beat in EngineBeat.objects.order_by("name")[:100]:
        family.add_metric([beat.name], (now - beat.seen_on).total_seconds())
    return family
