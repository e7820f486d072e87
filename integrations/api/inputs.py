"""What callers may send: only what is declared, and only rows that they can see."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers

from integrations.api.authentication import caller
from integrations.callers import NOBODY
from integrations.principals import Principal
from integrations.texts import printable


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members that it does not declare, or declares read-only: nothing is ignored in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            self._refuse_undeclared(data)
        return super().to_internal_value(data)

    def _refuse_undeclared(self, data: Mapping[str, Any]) -> None:
        declared = {name for name, field in self.fields.items() if not field.read_only}
        strangers = [name for name in data if name not in declared]
        if strangers:
            message = "There is no such property, or it cannot be written here."
            raise serializers.ValidationError({printable(name)[:100]: [message] for name in strangers})


class Nothing(StrictSerializer):
    """No body, or an empty object."""


class VisibleRelatedField(serializers.PrimaryKeyRelatedField[Any]):
    """Another row by its key, out of those its caller can see. A foreign one does not exist."""

    def __init__(self, *, model: Any = None, **kwargs: Any) -> None:
        if model is not None:
            kwargs["queryset"] = model.objects.visible_to(NOBODY)
        super().__init__(**kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        declared: Any = super().get_queryset()
        rows: QuerySet[Any] = declared.model.objects.visible_to(self.seen_by(caller(self.context["request"])))
        return rows

    def seen_by(self, principal: Principal) -> Principal:
        return principal

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float):  # the database would cut it to the number of another row
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    """Fields as the model declares them. Rules over several fields are the verbs' to check."""

    serializer_related_field = VisibleRelatedField

    def get_validators(self) -> list[Any]:
        return []


def assign(row: Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
