from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from integrations import return_addresses
from integrations.models.bases import M, Versioned
from integrations.principals import Principal


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"{name!r} is not a time zone; use a name such as Europe/Helsinki.")


class ClientQuerySet(models.QuerySet[M]):
    def visible_to(self, principal: Principal) -> "ClientQuerySet[M]":
        return self if principal.spans_clients else self.filter(pk=principal.client and principal.client.pk)


class Client(Versioned):
    """A tenant."""

    code = models.CharField(
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(r"^[A-Za-z][A-Za-z0-9_-]*\Z", "Use letters, digits, _ and -, a letter first.")
        ],
        help_text="Stands in URLs: /CODE/ before any path.",
    )
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    active = models.BooleanField(default=True)
    max_in_flight = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="The most items in flight for this client at once. Empty: what its integrations allow.",
    )
    return_addresses = models.TextField(
        blank=True,
        validators=[return_addresses.validate],
        help_text="Where people may be sent back to once they have connected a system, one address a line, "
        "such as https://portal.example.com/connected.",
    )
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="clients")

    objects = ClientQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person who acts for a client."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} of {self.client}"
