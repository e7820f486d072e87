"""Numbers for people, stored where they are cheap to read: the ledger itself is never counted for a page."""

from django.db import models

from integrations.models import ClientIntegration
from queues.states import State


class StateSnapshot(models.Model):
    """How many items a ClientIntegration has in each state, and when it last moved anything.

    As of `taken_on`, but for what only a look at the whole ledger can count: what succeeded, was cancelled or
    is on hold, and what waits for a ClientIntegration that is not runnable, is as of `settled_on`.
    """

    client_integration = models.OneToOneField(
        ClientIntegration, on_delete=models.CASCADE, primary_key=True, related_name="snapshot"
    )
    pending = models.PositiveBigIntegerField(default=0)
    processing = models.PositiveBigIntegerField(default=0)
    succeeded = models.PositiveBigIntegerField(default=0)
    retrying = models.PositiveBigIntegerField(default=0)
    dead_letter = models.PositiveBigIntegerField(default=0)
    cancelled = models.PositiveBigIntegerField(default=0)
    on_hold = models.PositiveBigIntegerField(default=0)
    due = models.PositiveBigIntegerField(
        default=0, help_text="Of those that are pending or retrying: whose time has come."
    )
    oldest_due = models.DateTimeField(
        null=True, help_text="Since when the item that waits longest has been due."
    )
    failing_since = models.DateTimeField(
        null=True, help_text="Since when the oldest of what was given up, or is tried again, has failed."
    )
    last_run_on = models.DateTimeField(null=True, help_text="When its last completed run ended.")
    last_delivered_on = models.DateTimeField(null=True, help_text="When an item last succeeded.")
    taken_on = models.DateTimeField()
    settled_on = models.DateTimeField()

    class Meta:
        ordering = ["client_integration"]

    def __str__(self) -> str:
        return f"{self.client_integration} at {self.taken_on:%Y-%m-%d %H:%M}"

    @property
    def waiting(self) -> int:
        return self.pending + self.retrying


COLUMNS: dict[State, str] = {
    State.PENDING: "pending",
    State.PROCESSING: "processing",
    State.SUCCEEDED: "succeeded",
    State.RETRYING: "retrying",
    State.DEAD_LETTER: "dead_letter",
    State.CANCELLED: "cancelled",
    State.ON_HOLD: "on_hold",
}
"""Where a snapshot keeps the number of each state."""


class OutcomeHour(models.Model):
    """What came of the attempts that were acknowledged in an hour, by what they did to their items.

    The first five add up to the attempts that were written. Crashes left no attempt: they are counted when
    their item is executed to an end.
    """

    client_integration = models.ForeignKey(
        ClientIntegration,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="outcome_hours",
    )
    hour = models.DateTimeField(help_text="Its beginning, in UTC.")
    done = models.PositiveIntegerField(default=0)
    retried = models.PositiveIntegerField(default=0, help_text="Failed for now.")
    dead = models.PositiveIntegerField(default=0, help_text="Failed for good, or once too often.")
    snoozed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    crashed = models.PositiveIntegerField(default=0, help_text="Executions whose worker died.")
    duration_ms = models.PositiveBigIntegerField(default=0, help_text="Of all attempts together.")
    last_done_on = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["client_integration", "hour"], name="outcome_hour_once")
        ]
        indexes = [models.Index(fields=["hour"], name="outcome_hour_recent")]

    def __str__(self) -> str:
        return f"{self.client_integration} in the hour from {self.hour:%Y-%m-%d %H:%M}"


class RetentionMark(models.Model):
    """How far a round of retention has come that its time did not suffice for: the last key looked at."""

    name = models.CharField(max_length=64, primary_key=True)
    key = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} up to {self.key}"
