from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models.bases import ClientOwnedQuerySet, CommonQuerySet, Versioned
from integrations.models.clients import Client


class ConsentType(models.Model):
    """Whether a client has to agree before an integration works for it, and by which flow."""

    class Id(models.TextChoices):
        NONE = "None", "None"
        CONFIRM = "Confirm", "Confirmation"
        OAUTH2 = "OAuth2", "OAuth 2.0 connection"

    id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=128)

    objects = CommonQuerySet["ConsentType"].as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class ConsentQuerySet(ClientOwnedQuerySet["Consent"]):
    def connecting(self, client_id: int, system_id: int) -> Self:
        """The client's connections by OAuth 2.0 to a system, the newest first, but for withdrawn ones."""
        kept = self.filter(client=client_id, token__application__system=system_id)
        return kept.exclude(state=Consent.State.REVOKED).order_by("-pk")

    def with_connection(self) -> Self:
        """With the tokens that each has brought, if any; but not the secrets, which nobody shows."""
        secrets = ("access_token", "refresh_token", "application__secret", "application__system__secret")
        related = self.select_related("client", "consent_type", "token__application__system")
        return related.defer(*(f"token__{name}" for name in secrets))

    def in_force(self, now: datetime) -> Self:
        lasting = Q(expires_on=None) | Q(expires_on__gt=now)
        return self.filter(lasting, state=Consent.State.GRANTED)


class Consent(Versioned):
    """What a client agreed to."""

    class State(models.TextChoices):
        GRANTED = "Granted", "Granted"
        ATTENTION = "AttentionNeeded", "Attention needed"
        """The other side has ended it, or turns its tokens away: somebody has to connect again."""
        REVOKED = "Revoked", "Revoked"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="consents")
    consent_type = models.ForeignKey(ConsentType, on_delete=models.PROTECT)
    state = models.CharField(max_length=16, choices=State, default=State.GRANTED)
    granted_on = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    expires_on = models.DateTimeField(null=True, blank=True)
    warned_of = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The grant, by its moment, whose end staff have had a mail about.",
    )

    objects = ConsentQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.consent_type} by {self.client}: {self.get_state_display()}"
