"""Query parameters: typed, each at most once, and none that means nothing."""

from datetime import UTC, datetime
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request

from integrationhub.wire.problems import FieldError, InvalidInput
from integrations.texts import printable

_LARGEST_KEY = 2**63 - 1


class FilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """The query parameters of a list."""


@extend_schema_field({"type": "string", "minLength": 1})
class TextFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Exactly this text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, strip=False, **kwargs)


class ChoiceFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """One of a closed vocabulary."""


class RowFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]
    """A row that has to exist: for rows that are common to all."""


@extend_schema_field({"type": "boolean"})
class FlagFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]
    """`true` or `false`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(*args, choices=choices, coerce=lambda text: text == "true", **kwargs)


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": _LARGEST_KEY})
class KeyFilter(django_filters.Filter):  # type: ignore[misc]
    """The number of another row. One the caller cannot see finds nothing, like one that does not exist."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=0, max_value=_LARGEST_KEY, **kwargs)


class MomentField(forms.CharField):
    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
            # Databases keep UTC: a moment that UTC cannot express is none.
            return moment.astimezone(UTC) if moment.tzinfo else self._refuse()
        except (ValueError, OverflowError):
            return self._refuse()

    def _refuse(self) -> datetime:
        raise forms.ValidationError(
            "Write a time with an offset, such as 2026-01-31T12:00:00Z (a + as %%2B)."
        )


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = MomentField


def check_parameters(request: Request, known: set[str]) -> None:
    """Raises InvalidInput for parameters nobody reads, empty ones, and those given twice.

    Each of them would be passed over in silence, and the answer would be to another question.
    """
    faults = {name: _fault(name, values, known) for name, values in request.query_params.lists()}
    errors = [FieldError(printable(name)[:100], fault) for name, fault in faults.items() if fault]
    if errors:
        raise InvalidInput(errors)


def _fault(name: str, values: list[str], known: set[str]) -> str | None:
    if name not in known:
        return f"There is no such parameter here; there are {', '.join(sorted(known)) or 'none'}."
    if len(values) > 1:
        return f"This parameter is given {len(values)} times."
    return None if values[0] else "This parameter is empty."
