"""Pages by key: as fast on the last page as on the first, and steady while rows come and go."""

import re
from typing import Any

from django.db.models import IntegerField, Model, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from integrationhub.wire.problems import FieldError, InvalidInput

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000

_LIMIT = re.compile(r"[0-9]{1,9}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,30}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_]{1,450}", re.ASCII)


class KeysetPagination(BasePagination):
    """`{"count", "next", "results"}`; `next` is a URL, or null on the last page.

    `cursor` is the key of the last row seen. A view with `newest_first` lists by descending key.
    """

    parameters = ("limit", "cursor")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        limit = limit_of(request)
        self.count = queryset.count()
        rows = list(_after(queryset, request.query_params.get("cursor"), view.newest_first)[: limit + 1])
        page = rows[:limit]
        self.next = self.link(request, page[-1].pk) if len(rows) > limit else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"count": self.count, "next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["count", "next", "results"],
            "properties": {
                "count": {"type": "integer", "minimum": 0},
                "next": {"type": "string", "format": "uri", "nullable": True},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        cursor = {"type": "string", "pattern": f"^{self.cursor_pattern(view)}$"}
        return [
            {"name": "limit", "in": "query", "schema": limit, "description": "Most rows on a page."},
            {"name": "cursor", "in": "query", "schema": cursor, "description": "Part of `next`; opaque."},
        ]

    def cursor_pattern(self, view: Any) -> str:
        return _keys(view.model).pattern

    @staticmethod
    def link(request: Request, cursor: Any) -> str:
        return str(replace_query_param(request.build_absolute_uri(), "cursor", cursor))


def limit_of(request: Request) -> int:
    """Raises InvalidInput."""
    text = request.query_params.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= LARGEST_LIMIT:
        raise InvalidInput([FieldError("limit", f"A limit is a whole number from 1 to {LARGEST_LIMIT}.")])
    return int(text)


def _after(queryset: QuerySet[Any], cursor: str | None, newest_first: bool) -> QuerySet[Any]:
    ordered = queryset.order_by("-pk" if newest_first else "pk")
    if cursor is None:
        return ordered
    if not _keys(queryset.model).fullmatch(cursor):
        raise InvalidInput([FieldError("cursor", "This is no cursor; take it from `next`.")])
    return ordered.filter(pk__lt=cursor) if newest_first else ordered.filter(pk__gt=cursor)


def _keys(model: type[Model]) -> re.Pattern[str]:
    return _NUMBER if isinstance(model._meta.pk, IntegerField) else _NAME
