from django.db import models

from integrations.models.bases import SharedQuerySet, Versioned, unique_per_owner
from integrations.models.clients import Client


class Action(Versioned):
    """What is executed for an item: the name of a registered handler, and its configuration."""

    owner = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="actions",
        help_text="Empty: the hub's.",
    )
    name = models.CharField(max_length=128)
    handler = models.CharField(max_length=64, help_text="For example http.send")
    configuration = models.JSONField(default=dict, blank=True)
    shareable = models.BooleanField(
        default=False, help_text="Clients may use it in definitions of their own."
    )

    objects = SharedQuerySet["Action"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = unique_per_owner("action", "name")

    def __str__(self) -> str:
        return self.name
