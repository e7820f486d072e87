"""The access token that goes along with requests to a system, for one client."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrations import activation as activations
from integrations.errors import Refused
from integrations.models import ClientIntegration, Consent, OAuthToken
from integrations.oauth import applications, attention, refreshing

# What is left of a token's life must do for a request that is on its way.
LEAST_LIFE = timedelta(seconds=30)
# A token as young as that is no better renewed: who turns it away would do so again.
YOUNG = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Bearer:
    """An access token, and which one it is."""

    text: str = field(repr=False)
    token_id: int
    number: int


def bearer_for(activation: ClientIntegration, *, now: datetime) -> Bearer:
    """One that is good for a while, renewed first if need be. Must not be called in a transaction.

    Raises Refused, and WrongKeyError.
    """
    system = activation.integration.system
    tokens = OAuthToken.objects.select_related("application__system", "consent")
    # Of the secrets only the one that is wanted is opened.
    tokens = tokens.defer("refresh_token", "application__secret", "application__system__secret")
    token = tokens.filter(consent=activation.consent_id, application__system=system).first()
    if token is None or token.consent.state == Consent.State.REVOKED:
        raise Refused(f"The client is not connected to {system}.", field="consent")
    if token.consent.state == Consent.State.ATTENTION:
        raise Refused(attention.text_of(token, token.last_error), field="consent")
    if token.expires_on is not None and token.expires_on < now + LEAST_LIFE:
        token = refreshing.renew(token, now=now)
    applications.check_open(token.application, activation.integration.owner_id, is_own=token.is_own)
    return Bearer(token.access_token, token.pk, token.number)


def doubt(bearer: Bearer, *, now: datetime) -> bool:
    """The system has turned the token away. True: another one is worth trying, now or in a moment.

    One that has been renewed or given back meanwhile is another one. One that cannot be renewed ends the
    connection.
    """
    tokens = OAuthToken.objects.select_related("application__system", "consent__client")
    token = tokens.filter(pk=bearer.token_id).first()
    if token is None or token.number != bearer.number:
        return True
    if token.obtained_on > now - YOUNG:
        return False
    if token.application.is_interactive and not token.refresh_token:
        attention.call_for(token, "The system turns the token away, and there is no refresh token.", now=now)
        return True
    rows = OAuthToken.objects.filter(pk=token.pk, number=bearer.number)
    if rows.exclude(expires_on__lte=now).update(expires_on=now, refresh_on=now):
        activations.touch(ClientIntegration.objects.filter(consent=token.consent_id), now=now)
    return True
