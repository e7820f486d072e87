from django.db import models

from integrationhub.wire.timestamps import Timestamp
from integrations.models.bases import ClientOwnedQuerySet, Versioned
from integrations.models.clients import Client
from integrations.models.systems import System


class SyncedTo(models.Model):
    """How far an agent has come: the last change it saw, and the key of the last row that changed then.

    The moment is kept in ticks of 100 ns since 0001-01-01 UTC, with the offset it was sent with.
    """

    synced_ticks = models.BigIntegerField(null=True, blank=True, editable=False)
    synced_offset = models.CharField(max_length=6, blank=True, editable=False)
    synced_key = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def synced_to(self) -> Timestamp | None:
        return None if self.synced_ticks is None else Timestamp(self.synced_ticks, self.synced_offset)


class ExternalIntegration(SyncedTo, Versioned):
    """An integration that an agent of the client runs outside of the hub, and reports the runs of.

    (client, system, name) is its identity; its watermark is the one that the next run resumes from.
    """

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="external_integrations", db_index=False
    )
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="external_integrations")
    name = models.CharField(max_length=256)
    custom_values = models.JSONField(
        default=dict, blank=True, help_text="What the agent last wanted to be kept with it."
    )

    objects = ClientOwnedQuerySet["ExternalIntegration"].as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["client", "system", "name"], name="external_integration_once")
        ]

    def __str__(self) -> str:
        return self.name
