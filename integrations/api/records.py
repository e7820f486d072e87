from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire.json_bodies import ExactJSONBodyParser
from integrationhub.wire.problems import FieldError, InvalidInput
from integrations import records
from integrations.api.authentication import caller
from integrations.api.base import ReadableViewSet
from integrations.api.filters import FilterSet, MomentFilter, RowFilter, TextFilter
from integrations.api.inputs import StrictSerializer, VisibleRelatedField
from integrations.models import Entity, Record

MOST_ROWS = 5000

_ROWS = {"type": "array", "items": {"type": "object", "additionalProperties": {}}, "maxItems": MOST_ROWS}


class RecordSerializer(serializers.ModelSerializer[Any]):
    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = Record
        fields = (
            "id",
            "client",
            "entity",
            "item_id",
            "item_name",
            "item_updated_on",
            "stored_on",
            "data",
            "row_version",
        )
        read_only_fields = fields


@extend_schema_field(_ROWS)
class RowsField(serializers.Field[Any, Any, Any, Any]):
    """Rows as they came: what an entity allows in them is checked where they are stored."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            raise serializers.ValidationError("This is a list of objects.")
        if len(data) > MOST_ROWS:
            raise serializers.ValidationError(f"At most {MOST_ROWS} rows at once; these are {len(data)}.")
        return data


class RecordsInput(StrictSerializer):
    entity = VisibleRelatedField(model=Entity)
    rows = RowsField()


class StoredSerializer(serializers.Serializer[Any]):
    """What became of the rows. `stale`: older than what the hub holds, and ignored."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    stale = serializers.IntegerField()


def _entities(request: Request) -> QuerySet[Entity]:
    return Entity.objects.visible_to(caller(request))


class RecordFilter(FilterSet):
    entity = RowFilter(queryset=_entities, required=True)
    client = TextFilter("client__code")
    item_id = TextFilter()
    stored_from = MomentFilter("stored_on", "gte")
    updated_from = MomentFilter("item_updated_on", "gte")


class RecordViewSet(ReadableViewSet):
    """Rows of an entity, held for a client. `POST` stores many: the newest version of each item wins."""

    model = Record
    related = ("client",)
    serializer_class = RecordSerializer
    filterset_class = RecordFilter
    parser_classes = (ExactJSONBodyParser,)

    @extend_schema(request=RecordsInput, responses={200: StoredSerializer})
    def create(self, request: Request) -> Response:
        client = self.client()
        body = self.received(RecordsInput)
        try:
            stored = records.store(client, body["entity"], body["rows"], now=timezone.now())
        except records.InvalidRecords as refusal:
            raise InvalidInput([FieldError(f"rows{at}", message) for at, message in refusal.faults]) from None
        return Response(StoredSerializer(stored).data)

    def destroy(self, request: Request, pk: str) -> Response:
        with self.locked() as row:
            records.delete(row.client, row.entity, [row.item_id])
        return Response(status=204)
