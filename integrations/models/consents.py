from django.conf import settings
from django.db import models

from integrations.models.bases import ClientOwnedQuerySet, CommonQuerySet, Versioned
from integrations.models.clients import Client


class ConsentType(models.Model):
    """Whether a client has to agree before an integration works for it, and by which flow."""

    class Id(models.TextChoices):
        NONE = "None", "None"
        CONFIRM = "Confirm", "Confirmation"

    id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=128)

    objects = CommonQuerySet["ConsentType"].as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Consent(Versioned):
    """What a client agreed to."""

    class State(models.TextChoices):
        GRANTED = "Granted", "Granted"
        REVOKED = "Revoked", "Revoked"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="consents")
    consent_type = models.ForeignKey(ConsentType, on_delete=models.PROTECT)
    state = models.CharField(max_length=16, choices=State, default=State.GRANTED)
    granted_on = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    expires_on = models.DateTimeField(null=True, blank=True)

    objects = ClientOwnedQuerySet["Consent"].as_manager()

    def __str__(self) -> str:
        return f"{self.consent_type} by {self.client}: {self.state}"
