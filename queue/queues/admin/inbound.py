from django.contrib import admin

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import column
from queues.models import InboundPayload, PullWatermark


@admin.register(InboundPayload)
class InboundPayloadAdmin(ReadOnlyAdmin):
    none_yet = "What inbound integrations pull is kept here."
    list_display = ["item", "refusal", "pulled_on"]
    exclude = ["body"]
    list_select_related = ["item"]


@admin.register(PullWatermark)
class PullWatermarkAdmin(ReadOnlyAdmin):
    none_yet = "How far each inbound integration has read is noted here, from its first run on."
    list_display = ["client_integration", "place", "moved_on"]
    list_select_related = ["client_integration__client", "client_integration__integration"]
    exclude = ["cursor"]

    @column("Value")
    def place(self, watermark: PullWatermark) -> str:
        """A text stands without the quotes that JSON gives it."""
        return watermark.value.strip('"')
