from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from integrations.models import Client, ClientIntegration, Integration, IntegrationRun
from integrations.models.bases import ClientOwnedQuerySet, CommonQuerySet
from integrations.models.keys import KeyField
from queues.states import OPEN, WAITING, State


class IntegrationQueueState(models.Model):
    """The states as rows, for surfaces that list them."""

    id = models.CharField(max_length=450, primary_key=True)
    name = models.CharField(max_length=128)

    objects = CommonQuerySet["IntegrationQueueState"].as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class QueueItemQuerySet(ClientOwnedQuerySet["IntegrationQueue"]):
    def due(self, now: datetime) -> Self:
        """Claimable now: due, or under a lease that has run out."""
        return self.filter(due_at__lte=now)

    def waiting(self) -> Self:
        return self.filter(state__in=WAITING)


class IntegrationQueue(models.Model):
    """The ledger and the queue: one row per (ClientIntegration, ItemId).

    `due_at` is the only scheduling column, on the database's clock: the due time of a waiting row, the end of
    the lease of a claimed one, and NULL exactly when the row is not claimable (finished, held, or its
    ClientIntegration is not runnable). `lease_no` fences: a worker that lost its lease changes nothing.
    `cycle` counts how often the item was opened; (id, cycle) is the idempotency key of its executions.
    """

    # Whoever adds rows locks the ClientIntegration once: a constraint would look it up again for each row.
    client_integration = models.ForeignKey(
        ClientIntegration, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="items"
    )
    # Copies of what the ClientIntegration says, so that a page of the queue needs no join to be filtered.
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    item_id = KeyField(max_length=450)
    item_name = models.CharField(max_length=450)
    item_updated_on = models.DateTimeField(
        help_text="Version of the item: when the business row was last updated."
    )
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    attempt = models.PositiveIntegerField(
        default=0, help_text="Executions so far; 0 again when one succeeds."
    )
    message = models.CharField(max_length=2000, null=True, blank=True)
    action_log_id = models.IntegerField(null=True, blank=True, help_text="The log of the current cycle.")
    cycle = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_no = models.PositiveIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0, help_text="Workers that died while executing it.")
    started_on = models.DateTimeField(null=True, blank=True, help_text="Start mark of the running execution.")
    started_version = models.DateTimeField(
        null=True, blank=True, help_text="ItemUpdatedOn of the last execution."
    )
    rendered_hash = models.CharField(
        max_length=40, blank=True, help_text="Of the request sent in this cycle."
    )
    blankless_cycle = models.PositiveIntegerField(
        null=True, blank=True, help_text="The cycle in which blank values are left out."
    )
    version = models.PositiveIntegerField(default=0, help_text="Version of the definition it was queued by.")
    run = models.ForeignKey(
        IntegrationRun,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="items",
    )
    finished_on = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1)
    created_on = models.DateTimeField()
    updated_on = models.DateTimeField()

    objects = QueueItemQuerySet.as_manager()

    class Meta:
        verbose_name = "queue item"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["client_integration", "item_id"], name="queue_item_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="queue_state_known"),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(state__in=[state.value for state in sorted(OPEN)]),
                name="queue_only_open_rows_are_due",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DEAD_LETTER) | Q(message__isnull=False),
                name="queue_dead_with_a_reason",
            ),
        ]
        # Each index that holds a row is written at its claim and its finish: none that a partial one can
        # replace, and none of what waits that the claim does not choose by.
        indexes = [
            models.Index(fields=["client", "id"], name="queue_by_client"),
            models.Index(
                fields=["client_integration", "due_at", "id"],
                condition=Q(due_at__isnull=False),
                name="queue_claim",
            ),
            models.Index(
                fields=["client_integration", "item_updated_on", "item_id"],
                condition=Q(due_at__isnull=False, state__in=[state.value for state in sorted(WAITING)]),
                name="queue_claim_in_order",
            ),
            models.Index(
                fields=["client_integration"], condition=Q(state=State.PROCESSING), name="queue_in_flight"
            ),
            models.Index(fields=["id"], condition=Q(state=State.DEAD_LETTER), name="queue_dead"),
            models.Index(fields=["id"], condition=Q(message__isnull=False), name="queue_with_message"),
        ]

    def __str__(self) -> str:
        return self.item_name

    @property
    def idempotency_key(self) -> str:
        return f"{self.pk}-{self.cycle}"
