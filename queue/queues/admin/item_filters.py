"""Filters of the queue's list that the theme does not have."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import TextFilter


class ItemIdFilter(TextFilter):  # type: ignore[misc]
    title = "item id"
    parameter_name = "item_id"

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(item_id=self.value()) if self.value() else rows


class MessageFilter(TextFilter):  # type: ignore[misc]
    title = "text of the last message"
    parameter_name = "message__icontains"

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(message__icontains=self.value()) if self.value() else rows


class AttemptsFilter(TextFilter):  # type: ignore[misc]
    title = "attempts, at least"
    parameter_name = "attempt_from"

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        least = whole_number(self.value())
        return rows if least is None else rows.filter(attempt__gte=least)


def whole_number(text: str | None) -> int | None:
    """None for what is no number of attempts: such a filter filters nothing."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if text is not None and is_number else None
