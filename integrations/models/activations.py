from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from integrations.encryption import EncryptedTextField
from integrations.models.bases import ClientOwnedQuerySet, Versioned
from integrations.models.clients import Client
from integrations.models.connections import unconnected
from integrations.models.consents import Consent
from integrations.models.definitions import Integration
from integrations.models.engines import running
from integrations.models.schedules import Schedule


class ClientIntegrationQuerySet(ClientOwnedQuerySet["ClientIntegration"]):
    def runnable(self) -> Self:
        return self.filter(runnable=True)

    def due(self, now: datetime) -> Self:
        return self.filter(runnable=True, next_run_at__lte=now)

    def wanted(self, now: datetime) -> Self:
        """Those that should be runnable: switched on by the client, and nothing speaks against it."""
        return self.filter(
            Q(integration__consent_type="None")
            | Q(
                Q(consent__expires_on=None) | Q(consent__expires_on__gt=now),
                consent__state=Consent.State.GRANTED,
                consent__consent_type=F("integration__consent_type"),
            ),
            running("client", now),
            enabled=True,
            paused=False,
            integration__active=True,
            client__active=True,
        ).exclude(unconnected("client", "integration__system"))


class ClientIntegration(Versioned):
    """A client's use of an integration: switched on or not, when it runs, and how far it has come.

    `runnable` is derived: enabled, not paused, definition and client active, the client's engine running,
    consent in force, the system not disconnected. Only the
    activation verbs write it; claims and the tick read it. The watermark (`scanned_to`) counts only while
    `scanned_as` still names the definition and activation it was reached with.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="activations", db_index=False)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="activations")
    enabled = models.BooleanField(default=False)
    paused = models.BooleanField(default=False)
    runnable = models.BooleanField(default=False, editable=False)
    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text="Empty: the integration's default.",
    )
    consent = models.ForeignKey(Consent, on_delete=models.SET_NULL, null=True, blank=True)
    username = models.CharField(
        max_length=256, blank=True, help_text="This client's own sign-in to the system."
    )
    secret = EncryptedTextField(blank=True, help_text="Stored encrypted, never shown.")
    next_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    scanned_to = models.DateTimeField(null=True, blank=True, editable=False)
    scanned_as = models.CharField(max_length=64, blank=True, editable=False)
    activation_no = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often it was switched on."
    )
    problem = models.CharField(
        max_length=1000, blank=True, editable=False, help_text="What keeps it from running."
    )
    problem_on = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ClientIntegrationQuerySet.as_manager()

    class Meta:
        ordering = ["client", "integration"]
        constraints = [models.UniqueConstraint(fields=["client", "integration"], name="activation_once")]
        indexes = [models.Index(fields=["next_run_at"], condition=Q(runnable=True), name="activation_due")]

    def __str__(self) -> str:
        return f"{self.integration} for {self.client}"

    @property
    def effective_schedule(self) -> Schedule:
        return self.schedule or self.integration.schedule

    @property
    def fitting_consent(self) -> Consent | None:
        """The one it has, if that is of the type that the definition asks for now."""
        held = self.consent
        fits = held is not None and held.consent_type_id == self.integration.consent_type_id
        return held if fits else None
