from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models import Client
from integrations.models.bases import ClientOwnedQuerySet
from queues.acts import Act
from queues.states import State


class JobState(models.TextChoices):
    WAITING = "Waiting", "Waiting"
    RUNNING = "Running", "Running"
    DONE = "Done", "Done"
    # By a person: what had been done until then stays done.
    STOPPED = "Stopped", "Stopped"
    # For the reason in `message`.
    FAILED = "Failed", "Failed"


class BulkJob(models.Model):
    """One act on all items that match a filter, worked off in the background in the order of their keys.

    `cursor` is the key of the last item that was looked at, `upto` the last key there was when the job was
    made. `total` counts what matched then; items that come to match meanwhile are acted on as well, and those
    that no longer match when their turn comes are left alone.
    """

    act = models.CharField(max_length=20, choices=Act)
    filter = models.JSONField(default=dict)
    client = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Whose items; empty: all clients'.",
        related_name="+",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor = models.CharField(max_length=200, help_text="Who asked for it, as they were called then.")
    state = models.CharField(max_length=16, choices=JobState, default=JobState.WAITING)
    upto = models.BigIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    skipped_states = models.JSONField(default=dict, help_text="How many were skipped, by their state.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row, of the present chunk.")
    message = models.CharField(max_length=1000, blank=True)
    created_on = models.DateTimeField()
    touched_on = models.DateTimeField(help_text="Jobs take turns: the one touched longest ago is next.")
    started_on = models.DateTimeField(null=True, blank=True)
    ended_on = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1)

    objects = ClientOwnedQuerySet["BulkJob"].as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="bulk_state_known")
        ]
        indexes = [
            models.Index(
                fields=["touched_on", "id"],
                condition=Q(state__in=("Waiting", "Running")),
                name="bulk_jobs_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{Act(self.act).label}: {self.total:,} items"

    @property
    def has_ended(self) -> bool:
        return self.state not in (JobState.WAITING, JobState.RUNNING)

    @property
    def progress(self) -> int:
        """Percent of what there was to do."""
        if self.state == JobState.DONE or not self.total:
            return 100 if self.has_ended else 0
        return min(99, 100 * (self.done + self.skipped) // self.total)

    @property
    def reasons(self) -> list[str]:
        """Why items were skipped, a sentence for each state they were in."""
        past = _PARTICIPLES[Act(self.act)]
        return [
            f"{count} {'is' if count == 1 else 'are'} {State(state).label}, and cannot be {past}."
            for state, count in sorted(self.skipped_states.items())
        ]


_PARTICIPLES = {
    Act.RETRY: "retried",
    Act.RETRY_WITH_RESET: "retried",
    Act.CANCEL: "cancelled",
    Act.HOLD: "put on hold",
    Act.RELEASE: "released",
}
