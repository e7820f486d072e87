from django.db import models

from integrations.models.activations import ClientIntegration
from integrations.models.bases import ClientOwnedQuerySet, CommonQuerySet, Versioned
from integrations.models.clients import Client
from integrations.models.consents import Consent


class AccountState(models.Model):
    """Whether an external account can be used."""

    class Id(models.TextChoices):
        ACTIVE = "Active", "Active"
        CLOSED = "Closed", "Closed"

    id = models.CharField(max_length=450, primary_key=True)
    name = models.CharField(max_length=128)

    objects = CommonQuerySet["AccountState"].as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Account(Versioned):
    """A client's account with somebody else, such as a bank."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="accounts", db_index=False)
    name = models.CharField(max_length=128)
    state = models.ForeignKey(
        AccountState,
        on_delete=models.PROTECT,
        default=AccountState.Id.ACTIVE,
        db_index=False,
        related_name="+",
    )

    objects = ClientOwnedQuerySet["Account"].as_manager()

    class Meta:
        ordering = ["client", "name"]
        constraints = [models.UniqueConstraint(fields=["client", "name"], name="account_once")]

    def __str__(self) -> str:
        return self.name


class ClientIntegrationAccount(Versioned):
    """An account that is reached through a ClientIntegration, and under which consent."""

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="integration_accounts", db_index=False
    )
    client_integration = models.ForeignKey(
        ClientIntegration, on_delete=models.CASCADE, related_name="accounts", db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, blank=True, related_name="client_integrations"
    )
    consent = models.ForeignKey(
        Consent, on_delete=models.SET_NULL, null=True, blank=True, related_name="accounts"
    )
    api_reference = models.CharField(
        "API reference",
        max_length=36,
        null=True,
        blank=True,
        help_text="What the other side calls the account.",
    )

    objects = ClientOwnedQuerySet["ClientIntegrationAccount"].as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client_integration", "account"], name="client_integration_account_once"
            )
        ]
        indexes = [models.Index(fields=["client", "id"], name="integration_account_by_client")]

    def __str__(self) -> str:
        return f"{self.account or self.api_reference} through {self.client_integration}"
