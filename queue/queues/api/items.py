from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.base import ReadableViewSet
from integrations.api.filters import ChoiceFilter, FilterSet, KeyFilter, MomentFilter, TextFilter
from integrations.api.inputs import Nothing
from integrations.models import Direction
from integrations.principals import Scope
from queues import handling
from queues.models import IntegrationQueue
from queues.states import State


class QueueItemSerializer(serializers.ModelSerializer[Any]):
    """`idempotency_key` is what the executions of this cycle send as `Idempotency-Key`."""

    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    idempotency_key = serializers.CharField(read_only=True)

    class Meta:
        model = IntegrationQueue
        fields = (
            "id",
            "cycle",
            "state",
            "attempt",
            "message",
            "item_id",
            "item_name",
            "item_updated_on",
            "client_integration",
            "integration",
            "client",
            "due_at",
            "action_log_id",
            "run",
            "version",
            "crashes",
            "idempotency_key",
            "started_on",
            "finished_on",
            "created_on",
            "updated_on",
            "row_version",
        )
        read_only_fields = fields


class QueueItemFilter(FilterSet):
    state = ChoiceFilter(choices=State.choices)
    direction = ChoiceFilter(field_name="integration__direction_id", choices=Direction.Id.choices)
    integration = KeyFilter("integration_id")
    client_integration = KeyFilter("client_integration_id")
    client = TextFilter("client__code")
    run = KeyFilter("run_id")
    item_id = TextFilter()
    due_before = MomentFilter("due_at", "lt")
    updated_from = MomentFilter("updated_on", "gte")


class QueueItemViewSet(ReadableViewSet):
    """The ledger and the queue: one row per client integration and item, newest first."""

    model = IntegrationQueue
    related = ("client",)
    serializer_class = QueueItemSerializer
    filterset_class = QueueItemFilter
    newest_first = True
    scopes = dict.fromkeys(("retry", "cancel", "hold", "release"), Scope.OPERATE)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Opens the item again, with all its attempts."""
        return self._handle(handling.reopen)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return self._handle(handling.cancel)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        return self._handle(handling.hold)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        return self._handle(handling.release)

    def _handle(self, verb: Callable[..., None]) -> Response:
        with self.locked() as item:
            self.received(Nothing)
            verb(item, by=self.principal, now=timezone.now())
        return self.shown_again(item)
