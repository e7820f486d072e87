from datetime import timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from integrations.models.bases import ClientOwnedQuerySet, Versioned
from integrations.models.clients import Client


class EngineSwitchQuerySet(ClientOwnedQuerySet["EngineSwitch"]):
    def forced(self, now: object) -> Self:
        """Stopped, and for a while running all the same."""
        return self.filter(running=False, forced_until__gt=now)


class EngineSwitch(Versioned):
    """Whether the engine runs, for the hub (no client) or for one client, and how often at most.

    Automatic runs need both rows to run; a row that is missing runs, every minute. `not_before` is when the
    next automatic runs of this scope may begin; `forced_until` lets a stopped client's work through.
    """

    client = models.OneToOneField(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="engine",
        help_text="Empty: the hub.",
    )
    running = models.BooleanField(default=True)
    interval_seconds = models.PositiveIntegerField(
        default=60,
        validators=[MinValueValidator(60), MaxValueValidator(86_400)],
        help_text="The shortest time between two automatic runs in this scope.",
    )
    switched_on = models.DateTimeField(null=True, blank=True, editable=False)
    iterated_on = models.DateTimeField(null=True, blank=True, editable=False)
    not_before = models.DateTimeField(null=True, blank=True, editable=False)
    forced_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = EngineSwitchQuerySet.as_manager()

    class Meta:
        verbose_name = "engine switch"
        verbose_name_plural = "engine switches"
        ordering = ["-id"]
        constraints = [
            # Two rows without a client would both be the hub's.
            models.UniqueConstraint(Coalesce("client", 0), name="engine_switch_of_one_scope"),
        ]

    def __str__(self) -> str:
        return f"engine of {self.client or 'the hub'}"

    @property
    def interval(self) -> timedelta:
        return timedelta(seconds=self.interval_seconds)


def running(prefix: str, now: object) -> Q:
    """Rows whose client's engine runs, or is forced to. `prefix` leads to the client."""
    return (
        Q(**{f"{prefix}__engine": None})
        | Q(**{f"{prefix}__engine__running": True})
        | Q(**{f"{prefix}__engine__forced_until__gt": now})
    )
