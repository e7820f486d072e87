from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models

from integrations.models.bases import CommonQuerySet, Versioned


class ChannelType(Versioned):
    """What staff lay down for all channels of a type. A type without a row is free.

    `supplied` are parameters, by their names on the wire, that a channel of this type has from its type and
    cannot change.
    """

    type = models.CharField(
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9_.-]+\Z", "Use letters, digits, _, . and -.")],
    )
    most_points = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100_000)],
        help_text="Most channels of this type that a client may have. Empty: any number.",
    )
    supplied = models.JSONField(
        default=dict,
        blank=True,
        help_text='For example {"recv_svcscriptcode": "ws_hook", "opts.issync": false}',
    )

    objects = CommonQuerySet["ChannelType"].as_manager()

    class Meta:
        ordering = ["type"]

    def __str__(self) -> str:
        return self.type
