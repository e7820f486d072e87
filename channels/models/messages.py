from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from channels.models.points import IntegrationPoint
from integrations.encryption import EncryptedTextField
from integrations.models import Client
from integrations.models.bases import ClientOwnedQuerySet
from queues.models import IntegrationQueue


class MessageLogQuerySet(ClientOwnedQuerySet["MessageLog"]):
    def waiting(self, now: datetime) -> Self:
        """Those whose script is to be run: not yet, or by a worker that has not come back."""
        return self.filter(due_at__lte=now)


class MessageLog(models.Model):
    """One message that came in or went out.

    `sealed` is what it consisted of; pages show it redacted. `due_at` is NOT NULL exactly while a
    script is still to be run for it: from then on, or the end of the lease of the worker that runs it.
    """

    class Direction(models.TextChoices):
        IN = "in", "In"
        OUT = "out", "Out"

    class Outcome(models.TextChoices):
        STORED = "Stored", "Stored"
        WAITING = "Waiting", "Waiting for its script"
        DONE = "Done", "Done"
        RETRYING = "Retrying", "Failed, to be tried again"
        FAILED = "Failed", "Failed"
        REFUSED = "Refused", "Refused"

    # Neither is ever looked up by alone, and each index would be written with every hook.
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    point = models.ForeignKey(
        IntegrationPoint,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="messages",
    )
    direction = models.CharField(max_length=3, choices=Direction)
    on = models.DateTimeField()
    peer = models.CharField(max_length=255, help_text="The sender's address, or the host it was sent to.")
    method = models.CharField(max_length=16, blank=True)
    size = models.PositiveIntegerField(help_text="Bytes of the body.")
    outcome = models.CharField(max_length=16, choices=Outcome)
    status = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="HTTP status of the answer: ours, or the other side's."
    )
    note = models.CharField(max_length=500, blank=True)
    external_id = models.CharField(
        max_length=256, null=True, blank=True, help_text="The sender's own id of the message."
    )
    sealed = EncryptedTextField(blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    item = models.ForeignKey(
        IntegrationQueue,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="messages",
        help_text="The queue item that delivers it.",
    )

    objects = MessageLogQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["point", "external_id"], condition=Q(external_id__isnull=False), name="message_once"
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(item__isnull=False), name="message_of_item_once"
            ),
        ]
        indexes = [
            models.Index(fields=["point", "id"], name="message_by_point"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="message_due"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
