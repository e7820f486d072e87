from django.db import models

from integrations.models.bases import ClientOwnedQuerySet, Versioned
from integrations.models.clients import Client
from integrations.models.entities import Entity
from integrations.models.keys import KeyField
from integrations.models.systems import System


class Record(Versioned):
    """One row of an entity, held for a client.

    `item_updated_on` is the business's own time of change and the version of the row; `stored_on` is the
    hub's order of arrival, which watermarks run over. `digest` tells an unchanged row from a changed one.
    `origin` is the system that the present content came in from, None when it was written here: it is not
    sent back to that system.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="records", db_index=False)
    # Its own index would be two on PostgreSQL, written with every record and read by nothing but the removal
    # of an entity.
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="records", db_index=False)
    item_id = KeyField(max_length=450)
    item_name = models.CharField(max_length=450)
    data = models.JSONField()
    digest = models.CharField(max_length=40, editable=False)
    item_updated_on = models.DateTimeField()
    stored_on = models.DateTimeField()
    # Neither index nor constraint: it is only ever compared, and a system that is gone sends nothing.
    origin = models.ForeignKey(
        System,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        db_constraint=False,
        related_name="+",
        help_text="The system it came in from.",
    )

    objects = ClientOwnedQuerySet["Record"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "entity", "item_id"], name="record_once")]
        indexes = [models.Index(fields=["client", "entity", "stored_on", "id"], name="record_arrival")]

    def __str__(self) -> str:
        return self.item_name
