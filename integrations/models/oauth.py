from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.encryption import EncryptedTextField
from integrations.models.activations import ClientIntegration
from integrations.models.bases import M, Versioned
from integrations.models.consents import Consent
from integrations.models.systems import System
from integrations.principals import Principal


class OfSystemQuerySet(models.QuerySet[M]):
    def visible_to(self, principal: Principal) -> Self:
        """A client sees those of its own systems; staff that picked one, the hub's as well."""
        if principal.spans_clients:
            return self
        own = Q(system__owner=principal.client, system__owner__isnull=False)
        return self.filter(own | Q(system__owner=None) if principal.is_staff else own)


class OAuthApplication(Versioned):
    """What a system's authorization server knows the hub by, and what the hub asks of it."""

    class Grant(models.TextChoices):
        AUTHORIZATION_CODE = "authorization_code", "Authorization code: a person agrees at the system"
        CLIENT_CREDENTIALS = "client_credentials", "Client credentials: the hub signs in by itself"

    class SecretIn(models.TextChoices):
        HEADER = "header", "Header (Basic)"
        BODY = "body", "Body"

    system = models.OneToOneField(System, on_delete=models.CASCADE, related_name="oauth")
    grant = models.CharField(max_length=32, choices=Grant, default=Grant.AUTHORIZATION_CODE)
    authorization_url = models.CharField(
        "authorization URL", max_length=2048, blank=True, help_text="Where people agree. Code only."
    )
    token_url = models.CharField("token URL", max_length=2048)
    revocation_url = models.CharField(
        "revocation URL",
        max_length=2048,
        blank=True,
        help_text="Where tokens are given back (RFC 7009), if there is one.",
    )
    app_id = models.CharField("client id", max_length=512)
    secret = EncryptedTextField(
        blank=True, help_text="Stored encrypted, never shown. Empty: a public client."
    )
    secret_in = models.CharField(max_length=8, choices=SecretIn, default=SecretIn.HEADER)
    scopes = models.CharField(max_length=1000, blank=True, help_text="Separated by spaces.")
    extra = models.JSONField(
        "extra parameters",
        default=dict,
        blank=True,
        help_text='Go along with what begins a grant, such as {"audience": "https://api.example.com"}.',
    )

    objects = OfSystemQuerySet["OAuthApplication"].as_manager()

    class Meta:
        verbose_name = "OAuth application"
        ordering = ["system__name", "id"]

    def __str__(self) -> str:
        return f"{self.app_id} at {self.system}"

    @property
    def is_interactive(self) -> bool:
        """Whether a person has to agree at the system."""
        return self.grant == self.Grant.AUTHORIZATION_CODE


class OAuthTokenQuerySet(models.QuerySet["OAuthToken"]):
    def due(self, now: datetime) -> Self:
        """Those that have to be renewed or given back now, and that nobody is at work on."""
        return self.filter(refresh_on__lte=now).unclaimed(now)

    def unclaimed(self, now: datetime) -> Self:
        return self.filter(Q(lease_until=None) | Q(lease_until__lte=now))


class OAuthToken(models.Model):
    """The tokens that a consent has brought.

    `number` is raised with every new access token. `refresh_on` is when somebody has to do something: renew
    them or, once the consent is withdrawn, give them back; `lease_until` is set while somebody does.
    """

    consent = models.OneToOneField(Consent, on_delete=models.CASCADE, related_name="token")
    application = models.ForeignKey(OAuthApplication, on_delete=models.CASCADE, related_name="tokens")
    access_token = EncryptedTextField()
    refresh_token = EncryptedTextField(blank=True)
    scopes = models.TextField(blank=True)
    is_own = models.BooleanField(default=False, help_text="Brought by credentials of the client's own.")
    number = models.PositiveIntegerField(default=1)
    obtained_on = models.DateTimeField()
    expires_on = models.DateTimeField(null=True, blank=True)
    refresh_on = models.DateTimeField(null=True, blank=True, db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    objects = OAuthTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "OAuth token"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.application} of consent {self.consent_id}"


class AuthorizationRequest(models.Model):
    """A person on the way to an authorization server, and expected back once with what it says.

    Only the digest of the state is kept. `session` binds it to the browser that it was begun in; it is empty
    where software asked for it, which has none.
    """

    digest = models.CharField(max_length=64, unique=True)
    client_integration = models.ForeignKey(
        ClientIntegration, on_delete=models.CASCADE, related_name="authorization_requests"
    )
    application = models.ForeignKey(OAuthApplication, on_delete=models.CASCADE, related_name="requests")
    verifier = EncryptedTextField()
    redirect_uri = models.CharField(max_length=2048)
    return_to = models.CharField(max_length=2048, blank=True, help_text="Where the person goes in the end.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    session = models.CharField(max_length=64, blank=True)
    started_on = models.DateTimeField(db_index=True)
    used_on = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.client_integration} at {self.application}"
