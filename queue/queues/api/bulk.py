from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.base import HubViewSet, ReadableViewSet
from integrations.api.filters import ChoiceFilter, FilterSet, TextFilter
from integrations.api.inputs import Nothing, StrictSerializer
from integrations.models import Direction
from integrations.principals import Scope
from queues import bulk
from queues.models import BulkJob, IntegrationQueue
from queues.models.bulk import JobState
from queues.states import State

_KEY = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 450}
_MOMENT = {"type": "string", "format": "date-time"}
_STATE = {"type": "string", "enum": State.values}
_FILTER = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "ids": {"type": "array", "items": _KEY, "maxItems": bulk.MOST_IDS},
        "state": {"oneOf": [_STATE, {"type": "array", "items": _STATE}]},
        "direction": {"type": "string", "enum": Direction.Id.values},
        **dict.fromkeys(("integration", "client_integration", "system", "run"), _KEY),
        **dict.fromkeys(("client", "item_id", "search", "message"), _TEXT),
        "attempt_from": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
        **{
            f"{column}_{end}": _MOMENT
            for column in ("due", "updated", "created")
            for end in ("from", "before")
        },
    },
}


@extend_schema_field(_FILTER)
class SelectionField(serializers.DictField):
    """Which items: all that is given holds for them. Nothing given: all the caller can see."""


class BulkInput(StrictSerializer):
    act = serializers.ChoiceField(choices=bulk.Act.choices)
    filter = SelectionField()


class PreviewSerializer(serializers.Serializer[Any]):
    """So many items match now; so many of them are in a state from which the act is legal."""

    matching = serializers.IntegerField(read_only=True)
    legal = serializers.IntegerField(read_only=True)
    by_state = serializers.DictField(child=serializers.IntegerField(), read_only=True)


class BulkJobSerializer(serializers.ModelSerializer[Any]):
    """`progress` in percent; `reasons` say why items were skipped."""

    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    filter: Any = serializers.DictField(read_only=True)
    progress = serializers.IntegerField(read_only=True)
    reasons = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = BulkJob
        fields = (
            "id",
            "act",
            "filter",
            "client",
            "actor",
            "state",
            "progress",
            "total",
            "done",
            "skipped",
            "reasons",
            "message",
            "created_on",
            "started_on",
            "ended_on",
            "row_version",
        )
        read_only_fields = fields


class BulkViewSet(HubViewSet):
    """One act on all items that match."""

    model = IntegrationQueue
    serializer_class = BulkJobSerializer
    scopes = dict.fromkeys(("bulk", "bulk_preview"), Scope.OPERATE)

    @extend_schema(request=BulkInput, responses={202: BulkJobSerializer})
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Start a job that does it in the background; `/hub/v1/bulk-jobs/` tells how far it is."""
        given = self.received(BulkInput)
        job = bulk.start(given["act"], given["filter"], by=self.principal, now=timezone.now())
        return self.shown(job, 202)

    @extend_schema(request=BulkInput, responses=PreviewSerializer)
    @action(detail=False, methods=["post"], url_path="bulk/preview")
    def bulk_preview(self, request: Request) -> Response:
        """Count what it would be done to; nothing is changed."""
        given = self.received(BulkInput)
        counted = bulk.preview(given["act"], given["filter"], by=self.principal)
        return Response(PreviewSerializer(counted).data)


class BulkJobFilter(FilterSet):
    client = TextFilter("client__code")
    state = ChoiceFilter(choices=JobState.choices)


class BulkJobViewSet(ReadableViewSet):
    """Acts on many items: how far they have come, and what they skipped."""

    model = BulkJob
    related = ("client",)
    serializer_class = BulkJobSerializer
    filterset_class = BulkJobFilter
    newest_first = True
    scopes = {"stop": Scope.OPERATE}

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Do no more of it. What has been done stays done."""
        with self.locked() as job:
            self.received(Nothing)
            bulk.stop(job, by=self.principal, now=timezone.now())
        return self.shown_again(job)
