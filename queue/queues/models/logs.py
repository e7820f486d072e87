from typing import Self

from django.db import models

from integrations.models import Client, ClientIntegration
from integrations.models.bases import ClientOwnedQuerySet
from integrations.principals import Principal
from queues.models.items import IntegrationQueue


class ActionLog(models.Model):
    """One cycle of an item: from being opened to being settled, with its attempts under it."""

    id = models.AutoField(primary_key=True)
    item = models.ForeignKey(
        IntegrationQueue, on_delete=models.CASCADE, db_constraint=False, related_name="logs"
    )
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    client_integration = models.ForeignKey(
        ClientIntegration, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    cycle = models.PositiveIntegerField()
    version = models.PositiveIntegerField(help_text="Version of the definition.")
    started_on = models.DateTimeField()

    objects = ClientOwnedQuerySet["ActionLog"].as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["client", "id"], name="action_log_by_client")]

    def __str__(self) -> str:
        return f"Cycle {self.cycle} of {self.item}"


class AttemptQuerySet(models.QuerySet["ActionAttempt"]):
    def visible_to(self, principal: Principal) -> Self:
        return self if principal.spans_clients else self.filter(log__client=principal.client)


class ActionAttempt(models.Model):
    """One execution of an item."""

    class Outcome(models.TextChoices):
        DONE = "Done", "Done"
        RETRY = "Retry", "To be retried"
        PERMANENT = "Permanent", "Failed for good"
        SNOOZED = "Snoozed", "Put off, not charged"
        CANCELLED = "Cancelled", "Cancelled"

    log = models.ForeignKey(ActionLog, on_delete=models.CASCADE, db_constraint=False, related_name="attempts")
    number = models.PositiveIntegerField()
    started_on = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status of the answer.")
    message = models.CharField(max_length=2000, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.get_outcome_display().lower()}"


class AttemptBody(models.Model):
    """What was sent and what came back, redacted; in a table of its own, since it is pruned first."""

    attempt = models.OneToOneField(
        ActionAttempt, on_delete=models.CASCADE, db_constraint=False, primary_key=True, related_name="body"
    )
    request = models.TextField(blank=True)
    response = models.TextField(blank=True)
    created_on = models.DateTimeField()

    class Meta:
        verbose_name_plural = "attempt bodies"

    def __str__(self) -> str:
        return "What was sent, and what came back"
