"""Tokens that have come in, written down with the consent that they stand for."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from integrationhub.wire.oauth import Tokens
from integrations.models import ClientIntegration, Consent, ConsentType, OAuthApplication, OAuthToken
from integrations.principals import Principal

# How long before its end an access token is renewed: so long, or half of a life that is shorter than two.
AHEAD = timedelta(minutes=5)


def keep_first(
    activation: ClientIntegration,
    application: OAuthApplication,
    tokens: Tokens,
    *,
    is_own: bool,
    by: Principal,
    now: datetime,
) -> Consent:
    """The client's consent for the system, new or given anew, with its tokens. Within a transaction."""
    system = application.system_id
    consent = Consent.objects.connecting(activation.client_id, system).select_for_update(of=("self",)).first()
    if consent is None:
        consent = Consent(client_id=activation.client_id, consent_type_id=ConsentType.Id.OAUTH2)
    else:
        consent.row_version += 1
    consent.state, consent.granted_on, consent.granted_by = Consent.State.GRANTED, now, by.user
    consent.expires_on = _end_of_grant(application, tokens, now)
    consent.save()
    number: int = OAuthToken.objects.filter(consent=consent).values_list("number", flat=True).first() or 0
    columns: dict[str, Any] = {"application": application, "number": number + 1, "is_own": is_own}
    columns |= _columns(application, tokens, now)
    OAuthToken.objects.update_or_create(consent=consent, defaults=columns)
    return consent


def keep_renewed(token: OAuthToken, tokens: Tokens, *, now: datetime) -> bool:
    """False: somebody else's newer ones are there already. In the caller's transaction.

    What a server does not tell again, a refresh token among it, is as it was.
    """
    columns = {"is_own": token.is_own, **_columns(token.application, tokens, now)}
    if not tokens.scopes:
        del columns["scopes"]
    if not tokens.refresh and token.refresh_token:
        columns |= {"refresh_token": token.refresh_token, "refresh_on": _renewal_of(tokens, now)}
    rows = OAuthToken.objects.filter(pk=token.pk, lease_until=token.lease_until)
    if not rows.update(**columns, number=F("number") + 1):
        return False
    if token.application.is_interactive and tokens.refresh_lifetime is not None:
        ends = now + timedelta(seconds=tokens.refresh_lifetime)
        granted = Consent.objects.filter(pk=token.consent_id, state=Consent.State.GRANTED)
        granted.update(expires_on=ends, updated_on=now, row_version=F("row_version") + 1)
    return True


def _end_of_grant(application: OAuthApplication, tokens: Tokens, now: datetime) -> datetime | None:
    """When a person has to agree anew, as far as that is known."""
    if not application.is_interactive:
        return None
    seconds = tokens.refresh_lifetime if tokens.refresh else tokens.lifetime
    return None if seconds is None else now + timedelta(seconds=seconds)


def _renewal_of(tokens: Tokens, now: datetime) -> datetime | None:
    if tokens.lifetime is None:
        return None
    life = timedelta(seconds=tokens.lifetime)
    return now + life - min(AHEAD, life / 2)


def _columns(application: OAuthApplication, tokens: Tokens, now: datetime) -> dict[str, Any]:
    can_renew = bool(tokens.refresh) or not application.is_interactive
    return {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "scopes": " ".join(tokens.scopes or application.scopes.split()),
        "obtained_on": now,
        "expires_on": None if tokens.lifetime is None else now + timedelta(seconds=tokens.lifetime),
        "refresh_on": _renewal_of(tokens, now) if can_renew else None,
        "lease_until": None,
        "failures": 0,
        "last_error": "",
    }
