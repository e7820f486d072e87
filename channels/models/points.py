from typing import Self

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from integrationhub.wire.webhooks.signatures import Scheme
from integrations.encryption import EncryptedTextField
from integrations.models import Client
from integrations.models.bases import ClientOwnedQuerySet, Versioned

_SECRETS = (
    "token_local",
    "token_index",
    "token_remote",
    "token_remote2",
    "signing_secret",
    "old_signing_secret",
)


class IntegrationPointQuerySet(ClientOwnedQuerySet["IntegrationPoint"]):
    def without_secrets(self) -> Self:
        """A page that shows none decrypts none."""
        return self.defer(*(name for name in _SECRETS if name != "token_index"))


class IntegrationPoint(Versioned):
    """A channel: a client's connection to an external system that calls hooks and gets messages.

    `point_id` is its id on the wire, unique per client. `token_local` opens its hooks; it is found by
    `token_index`, a keyed hash, so that a copy of the database opens none.
    """

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="integration_points", db_index=False
    )
    point_id = models.UUIDField()
    code = models.CharField(max_length=128)
    type = models.CharField(max_length=64)
    token_local = EncryptedTextField(editable=False)
    token_index = models.CharField(max_length=64, unique=True, editable=False)
    token_remote = EncryptedTextField(blank=True)
    token_remote2 = EncryptedTextField(blank=True)
    url = models.CharField(max_length=2048, blank=True)
    recv_svcscriptcode = models.CharField(max_length=64, blank=True)
    recv_svcscriptcode_ws = models.CharField(max_length=64, blank=True)
    send_svcscriptcode = models.CharField(max_length=64, blank=True)
    send_svcscriptcode_ws = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=256, blank=True)
    comment = models.CharField(max_length=4096, blank=True)
    allow_files_api = models.BooleanField(default=False)
    issync = models.BooleanField(default=False)
    recv_timeout = models.PositiveSmallIntegerField(default=0, help_text="Seconds. 0: 10 seconds.")
    roles = models.JSONField(default=list, blank=True)
    userid = models.UUIDField(null=True, blank=True)
    filter_capabilities = models.JSONField(null=True, blank=True)
    ip_mask = models.CharField(max_length=1000, blank=True)
    recv_parameters = models.JSONField(default=dict, blank=True)
    send_parameters = models.JSONField(default=dict, blank=True)
    send_rate = models.PositiveIntegerField(default=0, help_text="Most messages a minute. 0: no limit.")
    signature = models.CharField(
        max_length=16, blank=True, choices=[(each.value, each.name.title()) for each in Scheme]
    )
    signature_header = models.CharField(max_length=128, blank=True)
    signing_secret = EncryptedTextField(blank=True)
    old_signing_secret = EncryptedTextField(blank=True, editable=False)
    old_signing_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    secrets_version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Raised whenever one of its secrets is changed."
    )

    objects = IntegrationPointQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=list(_SECRETS))

    class Meta:
        ordering = ["client", "id"]
        verbose_name = "channel"
        constraints = [
            models.UniqueConstraint(fields=["client", "point_id"], name="point_once_per_client"),
            models.CheckConstraint(condition=Q(recv_timeout__lte=60), name="point_waits_a_minute_at_most"),
        ]
        indexes = [
            models.Index(fields=["client", "code"], name="point_by_code"),
            models.Index(fields=["client", "type"], name="point_by_type"),
        ]

    def __str__(self) -> str:
        return self.code
