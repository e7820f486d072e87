from django.db import models
from django.db.models import Q

from integrations.models.activations import ClientIntegration
from integrations.models.bases import ClientOwnedQuerySet, Versioned
from integrations.models.clients import Client
from integrations.models.external import ExternalIntegration, SyncedTo


class IntegrationRun(SyncedTo, Versioned):
    """One start-to-end run: the engine's own of a ClientIntegration, or an agent's of an ExternalIntegration.

    `slot` is the scheduled moment it stands for: unique, so that any number of schedulers may try to start
    it. `synced_to` is what an agent reported last.
    """

    class Status(models.TextChoices):
        RUNNING = "Running", "Running"
        COMPLETED = "Completed", "Completed"
        FAILED = "Failed", "Failed"
        ABANDONED = "Abandoned", "Abandoned"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="runs")
    client_integration = models.ForeignKey(
        ClientIntegration, on_delete=models.CASCADE, null=True, blank=True, related_name="runs"
    )
    external = models.ForeignKey(
        ExternalIntegration,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="runs",
        db_index=False,
        help_text="What an agent ran, outside of the hub.",
    )
    version = models.PositiveIntegerField(
        null=True, blank=True, help_text="The definition's version it ran with."
    )
    slot = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.RUNNING)
    started_on = models.DateTimeField()
    touched_on = models.DateTimeField(
        help_text="Last sign of life; an open run that is silent is taken up again."
    )
    ended_on = models.DateTimeField(null=True, blank=True)
    queued = models.PositiveIntegerField(default=0, help_text="Items that became due by this run.")
    message = models.CharField(max_length=1000, blank=True)

    objects = ClientOwnedQuerySet["IntegrationRun"].as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client_integration", "slot"], condition=Q(slot__isnull=False), name="run_slot_once"
            ),
            models.UniqueConstraint(
                fields=["external"],
                condition=Q(status="Running", external__isnull=False),
                name="run_external_open_once",
            ),
            models.CheckConstraint(
                condition=Q(client_integration__isnull=True, external__isnull=False)
                | Q(client_integration__isnull=False, external__isnull=True),
                name="run_of_one_integration",
            ),
        ]
        indexes = [
            models.Index(fields=["touched_on"], condition=Q(status="Running"), name="run_open"),
            models.Index(
                fields=["client_integration", "ended_on"],
                condition=Q(status="Completed"),
                name="run_completed",
            ),
            models.Index(
                fields=["external", "id"], condition=Q(external__isnull=False), name="run_of_external"
            ),
        ]

    @property
    def integration_name(self) -> str:
        """What ran. Read with `client_integration__integration` and `external` at hand."""
        if self.client_integration is None:
            return str(self.external)
        return self.client_integration.integration.name

    def __str__(self) -> str:
        return f"{self.client_integration or self.external} at {self.started_on:%Y-%m-%d %H:%M}"
