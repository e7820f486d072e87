from rest_framework import serializers

from integrations import parts
from integrations.api.authentication import caller
from integrations.api.filters import FilterSet, TextFilter
from integrations.api.inputs import StrictModelSerializer
from integrations.api.owned import OwnedSerializer, OwnedViewSet
from integrations.models import System

_WRITABLE = ("name", "base_url", "authentication", "username", "header", "max_in_flight", "shareable")


class SystemSerializer(OwnedSerializer):
    """The secret is never shown; the user name only to those who may write the row."""

    username = serializers.SerializerMethodField()

    class Meta:
        model = System
        fields = ("id", "owner", *_WRITABLE, "row_version", "created_on", "updated_on")
        read_only_fields = fields

    def get_username(self, system: System) -> str | None:
        is_writer = system.owner_id is not None or caller(self.context["request"]).is_staff
        return system.username if is_writer else None


class SystemInput(StrictModelSerializer):
    secret = serializers.CharField(
        write_only=True, required=False, allow_blank=True, trim_whitespace=False, max_length=4096
    )

    class Meta:
        model = System
        fields = (*_WRITABLE, "secret")


class SystemFilter(FilterSet):
    name = TextFilter()
    owner = TextFilter("owner__code")


class SystemViewSet(OwnedViewSet):
    """Third-party systems: where they are, and how the hub signs in to them."""

    model = System
    serializer_class = SystemSerializer
    input_class = SystemInput
    filterset_class = SystemFilter
    keep = staticmethod(parts.save)
