from django.core.exceptions import ValidationError
from django.db import models

from integrations import schedules
from integrations.models.bases import SharedQuerySet, Versioned, unique_per_owner
from integrations.models.clients import Client


def validate_cron(expression: str) -> None:
    try:
        schedules.check(expression)
    except schedules.InvalidScheduleError as error:
        raise ValidationError(str(error)) from None


class Schedule(Versioned):
    """When an integration runs: a cron expression, read in the client's time zone."""

    owner = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="schedules",
        help_text="Empty: the hub's.",
    )
    name = models.CharField(max_length=128)
    cron = models.CharField(
        max_length=128,
        validators=[validate_cron],
        help_text="Minute hour day month weekday, for example */5 * * * *",
    )
    shareable = models.BooleanField(default=True, help_text="Clients may choose it.")

    objects = SharedQuerySet["Schedule"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = unique_per_owner("schedule", "name")

    def __str__(self) -> str:
        return f"{self.name} ({self.cron})"
