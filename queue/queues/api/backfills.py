from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.base import HubViewSet
from integrations.api.inputs import StrictSerializer
from integrations.models import ClientIntegration
from integrations.principals import Scope
from queues import backfill


class BackfillInput(StrictSerializer):
    """Every matching row updated since then is executed again. `preview`: only count them."""

    since = serializers.DateTimeField()
    preview = serializers.BooleanField(default=False)


class BackfillSerializer(serializers.Serializer[Any]):
    """`count` items became due, or would; at least so many where not `complete`. `run` stands for the act."""

    count = serializers.IntegerField(read_only=True)
    complete = serializers.BooleanField(read_only=True)
    run = serializers.IntegerField(read_only=True, allow_null=True)


class BackfillViewSet(HubViewSet):
    """Executing again what has been executed."""

    model = ClientIntegration
    related = ("client", "integration__entity")
    prefetched = ("integration__entity__properties",)
    serializer_class = BackfillSerializer
    scopes = {"backfill": Scope.OPERATE}

    @extend_schema(request=BackfillInput, responses=BackfillSerializer)
    @action(detail=True, methods=["post"])
    def backfill(self, request: Request, pk: str) -> Response:
        """Items that were delivered, or are dead letters, get a new cycle; held and cancelled ones stay."""
        row = self.addressed(self.get_queryset().defer("secret"))
        given, now = self.received(BackfillInput), timezone.now()
        if given["preview"]:
            found = backfill.preview(row, given["since"], now=now)
            return Response({"count": found.count, "complete": found.complete, "run": None})
        run = backfill.backfill(row, given["since"], now=now, by=self.principal)
        return Response({"count": run.queued, "complete": True, "run": run.pk})
