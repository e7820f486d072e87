from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.authentication import caller
from integrations.api.base import HubViewSet
from integrations.api.inputs import StrictSerializer
from integrations.models import Client, Integration
from integrations.principals import Scope
from queues.dry_run import dry_run
from queues.why_not import explain


class DryRunInput(StrictSerializer):
    """`filter`: a draft in place of the integration's own. `item_id`: explain this item. Staff that picked no
    client name it by `client`, its code."""

    client = serializers.CharField(required=False, max_length=64)
    filter = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, trim_whitespace=False, max_length=4096
    )
    item_id = serializers.CharField(required=False, trim_whitespace=False, max_length=450)

    def validate_client(self, code: str) -> Client:
        found = Client.objects.visible_to(caller(self.context["request"])).filter(code=code).first()
        if found is None:
            raise serializers.ValidationError("There is no client of this code.")
        return found


class SampleSerializer(serializers.Serializer[Any]):
    item_id = serializers.CharField(read_only=True)
    item_name = serializers.CharField(read_only=True)
    item_updated_on = serializers.DateTimeField(read_only=True)
    state = serializers.CharField(read_only=True, allow_null=True)


class ClauseSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(read_only=True)
    holds = serializers.BooleanField(read_only=True)
    values = serializers.DictField(read_only=True)


class ExplanationSerializer(serializers.Serializer[Any]):
    """Why the next run does not queue the item, a sentence each; or that it does."""

    item_id = serializers.CharField(read_only=True)
    found = serializers.BooleanField(read_only=True)
    matches = serializers.BooleanField(read_only=True)
    state = serializers.CharField(read_only=True, allow_null=True)
    clauses = ClauseSerializer(many=True, read_only=True)
    reasons = serializers.ListField(child=serializers.CharField(), read_only=True)


class DryRunSerializer(serializers.Serializer[Any]):
    """`count` of the client's rows match now, or at least so many where not `complete`; `first` are 20 of
    them, with their state in the ledger (null: not in it). `item` is the explanation of `item_id`."""

    count = serializers.IntegerField(read_only=True)
    complete = serializers.BooleanField(read_only=True)
    first = SampleSerializer(many=True, read_only=True)
    unreadable = serializers.ListField(child=serializers.CharField(), read_only=True)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    item = ExplanationSerializer(read_only=True, allow_null=True)


class DryRunViewSet(HubViewSet):
    """A filter tried on a client's rows as they are now."""

    model = Integration
    related = ("entity",)
    prefetched = ("entity__properties",)
    serializer_class = DryRunSerializer
    scopes = {"dry_run": Scope.READ}

    @extend_schema(request=DryRunInput, responses=DryRunSerializer)
    @action(detail=True, methods=["post"], url_path="dry-run")
    def dry_run(self, request: Request, pk: str) -> Response:
        """Which rows the filter takes now; nothing is queued."""
        integration = self.addressed(self.get_queryset())
        given = self.received(DryRunInput)
        integration.filter = given.get("filter", integration.filter)
        client, now = given.get("client") or self.client(), timezone.now()
        item_id = given.get("item_id")
        answer = {
            **DryRunSerializer(dry_run(integration, client, now=now)).data,
            "item": item_id and ExplanationSerializer(explain(integration, client, item_id, now=now)).data,
        }
        return Response(answer)
