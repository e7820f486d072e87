from django.core.validators import MinValueValidator
from django.db import models

from integrations.encryption import EncryptedTextField
from integrations.models.bases import SharedQuerySet, Versioned, unique_per_owner
from integrations.models.clients import Client


class System(Versioned):
    """A third-party system: where it is and how the hub signs in to it."""

    class Authentication(models.TextChoices):
        NONE = "none", "None"
        BASIC = "basic", "Basic: user name and password"
        BEARER = "bearer", "Bearer token"
        API_KEY = "api_key", "API key in a header"
        OAUTH2 = "oauth2", "OAuth 2.0: tokens that clients consent to"

    owner = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="systems",
        help_text="Empty: the hub's.",
    )
    name = models.CharField(max_length=128)
    base_url = models.CharField(max_length=2048, help_text="For example https://erp.example.com/api")
    authentication = models.CharField(max_length=16, choices=Authentication, default=Authentication.NONE)
    username = models.CharField(max_length=256, blank=True, help_text="Basic only.")
    header = models.CharField(
        max_length=128, blank=True, help_text="API key only: the header that carries it."
    )
    secret = EncryptedTextField(
        blank=True, help_text="Password, token or key. Stored encrypted, never shown."
    )
    max_in_flight = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="The most items in flight to it at once, of all clients. Empty: what integrations allow.",
    )
    shareable = models.BooleanField(
        default=False,
        help_text="Clients may use it in definitions of their own, with credentials of their own.",
    )

    objects = SharedQuerySet["System"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = unique_per_owner("system", "name")

    def __str__(self) -> str:
        return self.name
