import re
from collections.abc import Sequence
from typing import Any, cast

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire.problems import FieldError, InvalidInput
from integrations import freshness
from integrations.api.base import HubViewSet
from integrations.api.filters import FilterSet, MomentFilter, TextFilter
from integrations.api.pagination import KeysetPagination, limit_of
from integrations.models import ClientIntegration, ExternalIntegration

_CURSOR = re.compile(r"([01])-([0-9]{1,18})", re.ASCII)


class FreshnessSerializer(serializers.Serializer[Any]):
    """Everything that changed before `fresh_as_of` is there; null is never. One of the two ids is null: the
    hub runs the one itself, an agent of the client the other."""

    client = serializers.CharField(source="client.code", read_only=True)
    name = serializers.CharField(source="integration_name", read_only=True)
    client_integration = serializers.SerializerMethodField()
    external_integration = serializers.SerializerMethodField()
    fresh_as_of = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_client_integration(self, row: Any) -> int | None:
        return row.pk if isinstance(row, ClientIntegration) else None

    def get_external_integration(self, row: Any) -> int | None:
        return row.pk if isinstance(row, ExternalIntegration) else None


class FreshnessFilter(FilterSet):
    client = TextFilter("client__code")
    fresh_before = MomentFilter(method="filter_stale", label="As of an earlier moment, or never.")

    def filter_stale(self, rows: QuerySet[Any], name: str, moment: Any) -> QuerySet[Any]:
        return rows.filter(Q(fresh_as_of__lt=moment) | Q(fresh_as_of=None))


class FreshnessPagination(KeysetPagination):
    """One table after the other. The cursor names the table and the key of the last row seen."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        tables, limit = cast(Sequence[QuerySet[Any]], queryset), limit_of(request)
        number, key = _place(request.query_params.get("cursor"))
        self.count = sum(table.count() for table in tables)
        found: list[Any] = []
        for table in tables[number:]:
            found += table.filter(pk__gt=key).order_by("pk")[: limit + 1 - len(found)]
            key = 0
        page = found[:limit]
        self.next = self.link(request, _cursor(page[-1])) if len(found) > limit else None
        return page

    def cursor_pattern(self, view: Any) -> str:
        return _CURSOR.pattern


class FreshnessViewSet(HubViewSet):
    """How fresh each integration of a client is: first those that the hub runs, then those of agents."""

    model = ClientIntegration
    serializer_class = FreshnessSerializer
    filterset_class = FreshnessFilter
    pagination_class = FreshnessPagination

    @extend_schema(responses=FreshnessSerializer(many=True))
    def list(self, request: Request) -> Response:
        tables: Any = [
            self.filter_queryset(rows.select_related("client")) for rows in freshness.figures(self.principal)
        ]
        page = self.paginate_queryset(tables)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _place(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, 0
    if (match := _CURSOR.fullmatch(cursor)) is None:
        raise InvalidInput([FieldError("cursor", "This is no cursor; take it from `next`.")])
    return int(match[1]), int(match[2])


def _cursor(row: Any) -> str:
    return f"{int(isinstance(row, ExternalIntegration))}-{row.pk}"
