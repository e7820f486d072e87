from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from simple_history.models import HistoricalRecords

from integrations.models.actions import Action
from integrations.models.bases import CommonQuerySet, Versioned, unique_per_owner
from integrations.models.clients import Client
from integrations.models.consents import ConsentType
from integrations.models.entities import Entity
from integrations.models.schedules import Schedule
from integrations.models.systems import System
from integrations.principals import Principal


class Direction(models.Model):
    class Id(models.TextChoices):
        INBOUND = "Inbound", "Inbound"
        OUTBOUND = "Outbound", "Outbound"

    id = models.CharField(max_length=450, primary_key=True)
    name = models.CharField(max_length=128)

    objects = CommonQuerySet["Direction"].as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def visible_to(self, principal: Principal) -> Self:
        """A client sees its own, the managed ones, and those that staff activated for it."""
        if principal.spans_clients:
            return self
        used = self.model._meta.get_field("activations").related_model._default_manager.filter(
            integration=OuterRef("pk"), client=principal.client
        )
        return self.filter(
            Q(owner=principal.client) | Q(owner=None, managed=True) | Q(Exists(used), owner=None)
        )


class Integration(Versioned):
    """A definition: what is moved, where to, when, and within which limits.

    No owner means the hub's own; `managed` means hub-owned and common to all clients.
    """

    owner = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="integrations",
        help_text="Empty: the hub's.",
    )
    name = models.CharField(max_length=128)
    notes = models.TextField(null=True, blank=True)
    active = models.BooleanField(default=True)
    managed = models.BooleanField(default=False, help_text="The hub's, and common to all clients.")
    entity = models.ForeignKey(
        Entity,
        on_delete=models.PROTECT,
        help_text="Outbound: the source of the items. Inbound: their destination.",
    )
    direction = models.ForeignKey(Direction, on_delete=models.PROTECT)
    element_id = models.CharField(max_length=256, null=True, blank=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT)
    action = models.ForeignKey(Action, on_delete=models.PROTECT, null=True, blank=True)
    filter = models.TextField(
        null=True,
        blank=True,
        help_text='Which items to queue, for example x => x.Amount > 100 && x.Status == "Open"',
    )
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, help_text="Default for every client.")
    allow_schedule_update = models.BooleanField(
        default=False, help_text="Clients may choose another schedule."
    )
    consent_type = models.ForeignKey(ConsentType, on_delete=models.PROTECT, default=ConsentType.Id.NONE)
    max_attempts = models.PositiveIntegerField(
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="Then it is a dead letter.",
    )
    batch_size = models.PositiveIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="Most items in flight at once, per client.",
    )
    parallel = models.BooleanField(default=True, help_text="Run the items of a batch side by side.")
    strict_order = models.BooleanField(
        default=False, help_text="Not parallel only: an item waits until the one before it has succeeded."
    )
    include_update = models.BooleanField(
        default=False, help_text="Outbound: run again when a row has been updated."
    )
    continuous = models.BooleanField(
        default=False,
        help_text="Outbound, with Include update: run again on every schedule while the filter matches.",
    )
    backoff = models.JSONField(
        null=True,
        blank=True,
        help_text="Seconds before each retry, for example [5, 300, 1800]. Empty: the default.",
    )
    version = models.PositiveIntegerField(default=0, editable=False, help_text="The version last published.")

    objects = IntegrationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        permissions = [("publish_integration", "Can publish integrations")]
        constraints = [
            *unique_per_owner("integration", "name"),
            models.CheckConstraint(
                condition=Q(continuous=False) | Q(include_update=True),
                name="continuous_implies_include_update",
                violation_error_message="Continuous needs Include update.",
            ),
            models.CheckConstraint(
                condition=Q(include_update=False) | Q(direction=Direction.Id.OUTBOUND),
                name="include_update_implies_outbound",
                violation_error_message="Include update is for outbound integrations.",
            ),
            models.CheckConstraint(
                condition=Q(managed=False) | Q(owner=None),
                name="managed_implies_hub_owned",
                violation_error_message="A client's own integration cannot be managed.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_outbound(self) -> bool:
        return self.direction_id == Direction.Id.OUTBOUND


class IntegrationVersionQuerySet(models.QuerySet["IntegrationVersion"]):
    def visible_to(self, principal: Principal) -> Self:
        """The past of a definition is its owner's: a client sees that of its own, staff also the hub's."""
        if principal.spans_clients:
            return self
        own = self.filter(integration__owner__isnull=False, integration__owner=principal.client)
        return own | self.filter(integration__owner=None) if principal.is_staff else own


class IntegrationVersion(models.Model):
    """What an integration said when it was published. Never changed afterwards."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    published_on = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )

    objects = IntegrationVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["integration", "number"], name="integration_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.integration} v{self.number}"
