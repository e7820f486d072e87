from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models.bases import ClientOwnedQuerySet, Versioned
from integrations.models.clients import Client


class CredentialQuerySet(ClientOwnedQuerySet["Credential"]):
    def valid(self, now: object) -> Self:
        return self.filter(Q(expires_on=None) | Q(expires_on__gt=now), revoked_on=None)


class Credential(Versioned):
    """A key for software. Only the SHA-256 of its 256-bit random secret is kept; the prefix finds the row."""

    class Scheme(models.TextChoices):
        BASIC = "basic", "Basic"
        BEARER = "bearer", "Bearer"
        SOTICKET = "soticket", "SOTicket"

    prefix = models.CharField(
        max_length=16, unique=True, help_text="Public part; for Basic it is the user name."
    )
    secret_hash = models.CharField(max_length=64, editable=False)
    scheme = models.CharField(max_length=16, choices=Scheme)
    client = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="credentials",
        help_text="Empty: staff.",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Whose key it is. It ends when they no longer act for the client.",
    )
    note = models.CharField(max_length=200, blank=True)
    scopes = models.JSONField(default=list)
    expires_on = models.DateTimeField(null=True, blank=True)
    revoked_on = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()} {self.prefix}…"
