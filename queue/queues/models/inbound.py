from django.db import models

from integrations.models import ClientIntegration
from queues.models.items import IntegrationQueue


class InboundPayload(models.Model):
    """What the remote system said of an item when it was pulled last: what executing the item stores."""

    item = models.OneToOneField(
        IntegrationQueue,
        on_delete=models.CASCADE,
        db_constraint=False,
        primary_key=True,
        related_name="payload",
    )
    body = models.TextField(help_text="JSON, without anything but ASCII.")
    digest = models.CharField(max_length=40, help_text="Tells a changed item from an unchanged one.")
    refusal = models.CharField(
        max_length=200, blank=True, help_text="Why the body was not kept; the item cannot be stored then."
    )
    pulled_on = models.DateTimeField()

    def __str__(self) -> str:
        return f"payload of item {self.item_id}"


class PullWatermark(models.Model):
    """How far a ClientIntegration has read its remote system.

    A sweep reads page after page from `value` on. `cursor` is where it goes on, empty when none is under way;
    `reached` is the furthest mark it has seen, which becomes `value` when it has read the last page. Marks
    are JSON texts. All of it holds only while `made_as` still names configuration and activation.
    `moves` fences: a run that finds it raised has been overtaken by another.
    """

    client_integration = models.OneToOneField(
        ClientIntegration, on_delete=models.CASCADE, primary_key=True, related_name="pull_watermark"
    )
    value = models.TextField(blank=True)
    reached = models.TextField(blank=True)
    cursor = models.TextField(blank=True)
    made_as = models.CharField(max_length=64, blank=True)
    moves = models.PositiveIntegerField(default=0)
    moved_on = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"watermark of {self.client_integration}"
