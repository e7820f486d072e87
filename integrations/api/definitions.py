from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from integrations import publishing
from integrations.api.filters import ChoiceFilter, FilterSet, FlagFilter, KeyFilter, TextFilter
from integrations.api.inputs import StrictModelSerializer, VisibleRelatedField
from integrations.api.owned import OwnedSerializer, OwnedViewSet
from integrations.models import ConsentType, Direction, Integration

_WRITABLE = (
    "name",
    "notes",
    "active",
    "entity",
    "direction",
    "element_id",
    "system",
    "action",
    "filter",
    "schedule",
    "allow_schedule_update",
    "consent_type",
    "max_attempts",
    "batch_size",
    "parallel",
    "strict_order",
    "include_update",
    "continuous",
    "backoff",
)


class IntegrationSerializer(OwnedSerializer):
    """`warnings`: what is allowed and yet probably not meant."""

    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Integration
        fields = (
            "id",
            "owner",
            "managed",
            *_WRITABLE,
            "version",
            "warnings",
            "row_version",
            "created_on",
            "updated_on",
        )
        read_only_fields = fields

    def get_warnings(self, integration: Integration) -> list[str]:
        return publishing.warnings(integration, now=timezone.now())


@extend_schema_field({"type": "string", "enum": Direction.Id.values})
class DirectionField(VisibleRelatedField):
    pass


@extend_schema_field({"type": "string", "enum": ConsentType.Id.values})
class ConsentTypeField(VisibleRelatedField):
    pass


class IntegrationInput(StrictModelSerializer):
    direction = DirectionField(model=Direction)
    consent_type = ConsentTypeField(model=ConsentType, required=False)

    class Meta:
        model = Integration
        fields = _WRITABLE


class StaffIntegrationInput(IntegrationInput):
    class Meta(IntegrationInput.Meta):
        fields: Any = (*_WRITABLE, "managed")


class IntegrationFilter(FilterSet):
    name = TextFilter()
    owner = TextFilter("owner__code")
    managed = FlagFilter()
    active = FlagFilter()
    entity = TextFilter("entity_id")
    direction = ChoiceFilter(field_name="direction_id", choices=Direction.Id.choices)
    system = KeyFilter("system_id")


class IntegrationViewSet(OwnedViewSet):
    """Definitions: what is moved, where to, when and within which limits. Writing one publishes it."""

    model = Integration
    related = ("owner", "entity")
    prefetched = ("entity__properties",)
    serializer_class = IntegrationSerializer
    input_class = StaffIntegrationInput
    filterset_class = IntegrationFilter
    keep = staticmethod(publishing.publish)

    def accepted(self) -> type[serializers.Serializer[Any]]:
        return self.input_class if self.principal.is_staff else IntegrationInput
