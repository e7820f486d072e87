from django.db import models

from channels.models.points import IntegrationPoint
from integrations.models.bases import M
from integrations.principals import Principal


class SendingStateQuerySet(models.QuerySet[M]):
    def visible_to(self, principal: Principal) -> "SendingStateQuerySet[M]":
        return self if principal.spans_clients else self.filter(point__client=principal.client)


class SendingState(models.Model):
    """How sending through a channel goes: no row while nothing has gone wrong and nothing is limited.

    `failures`, `openings` and `open_until` are its circuit breaker; `off_on` says since when nothing is sent.
    """

    point = models.OneToOneField(
        IntegrationPoint, on_delete=models.CASCADE, primary_key=True, related_name="sending"
    )
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    openings = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True, blank=True)
    off_on = models.DateTimeField(null=True, blank=True)
    off_reason = models.CharField(max_length=500, blank=True)
    counted_from = models.DateTimeField(null=True, blank=True, help_text="Start of the minute counted.")
    counted = models.PositiveIntegerField(default=0, help_text="Messages in that minute.")

    objects = SendingStateQuerySet["SendingState"].as_manager()

    def __str__(self) -> str:
        return f"sending of {self.point}"
