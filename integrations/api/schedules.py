from integrations import parts
from integrations.api.filters import FilterSet, TextFilter
from integrations.api.inputs import StrictModelSerializer
from integrations.api.owned import OwnedSerializer, OwnedViewSet
from integrations.models import Schedule

_WRITABLE = ("name", "cron", "shareable")


class ScheduleSerializer(OwnedSerializer):
    class Meta:
        model = Schedule
        fields = ("id", "owner", *_WRITABLE, "row_version", "created_on", "updated_on")
        read_only_fields = fields


class ScheduleInput(StrictModelSerializer):
    class Meta:
        model = Schedule
        fields = _WRITABLE


class ScheduleFilter(FilterSet):
    name = TextFilter()
    owner = TextFilter("owner__code")


class ScheduleViewSet(OwnedViewSet):
    """When integrations run: cron expressions, read in each client's time zone."""

    model = Schedule
    serializer_class = ScheduleSerializer
    input_class = ScheduleInput
    filterset_class = ScheduleFilter
    keep = staticmethod(parts.save)
