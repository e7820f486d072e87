import uuid
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from integrations.encryption import EncryptedTextField
from integrations.models.bases import ClientOwnedQuerySet, Versioned
from integrations.models.clients import Client
from integrations.models.entities import Entity
from integrations.models.keys import KeyField
from integrations.models.systems import System


class ConnectionQuerySet(ClientOwnedQuerySet["Connection"]):
    def present(self) -> Self:
        return self.filter(deleted=False)


class Connection(Versioned):
    """How a client is connected to a system: its own sign-in, and whether it is used at all.

    A system that the client has connections to is used only while one of them is active. `position` orders
    them: the lowest is synchronised first. What is deleted stays, marked.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="connections")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="connections")
    name = models.CharField(max_length=256)
    description = models.CharField(max_length=1000, blank=True)
    active = models.BooleanField(default=True)
    deleted = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    key = models.UUIDField(default=uuid.uuid4, help_text="How the system is told which connection it is.")
    username = models.CharField(max_length=256, blank=True)
    secret = EncryptedTextField(blank=True, help_text="Stored encrypted, never shown.")
    all_access = models.BooleanField(default=True)
    user_group_ids = models.JSONField(default=list, blank=True)
    associate_ids = models.JSONField(default=list, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


def unconnected(client: str, system: str) -> Q:
    """Rows whose client has connections to their system, none of them in use. Named by their columns."""
    of_row = Connection.objects.filter(client=OuterRef(client), system=OuterRef(system))
    return Q(Exists(of_row)) & ~Q(Exists(of_row.present().filter(active=True)))


class ActorLink(models.Model):
    """A record of the hub and an actor of a system that are the same: its key there, within its type.

    The record is named by entity and item id, so that the link outlives a record that is stored anew.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="actor_links")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="links")
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="+")
    item_id = KeyField(max_length=450)
    actor_type = models.CharField(max_length=64)
    key = models.CharField(max_length=450)
    created_on = models.DateTimeField(auto_now_add=True)

    objects = ClientOwnedQuerySet["ActorLink"].as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "entity", "item_id"], name="actor_link_of_record_once"
            ),
            models.UniqueConstraint(
                fields=["connection", "actor_type", "key"], name="actor_link_of_key_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} = {self.key}"
