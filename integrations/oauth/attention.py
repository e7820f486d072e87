"""A connection that somebody has to make anew: what hangs on it stops, and says so where people look."""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F

from integrations import activation as activations
from integrations.models import ClientIntegration, Consent, OAuthToken

log = structlog.get_logger(__name__)

# Told subject and text once the state has been written down. They never raise.
listeners: list[Callable[[str, str], None]] = []


def text_of(token: OAuthToken, reason: str) -> str:
    """What people are told."""
    return f"Attention needed: connect to {token.application.system} again. {reason}"


def call_for(token: OAuthToken, reason: str, *, now: datetime) -> None:
    """Nothing is changed where it is done already, or where somebody has connected again meanwhile."""
    with transaction.atomic():
        # Before its token, as everywhere: who withdraws it at this moment waits, or is waited for.
        Consent.objects.select_for_update(of=("self",)).filter(pk=token.consent_id).first()
        same = OAuthToken.objects.filter(pk=token.pk, number=token.number)
        if not same.update(refresh_on=None, lease_until=None, last_error=reason[:500]):
            return
        granted = Consent.objects.filter(pk=token.consent_id, state=Consent.State.GRANTED)
        changes = {"state": Consent.State.ATTENTION, "updated_on": now}
        if not granted.update(**changes, row_version=F("row_version") + 1):
            return
        users = ClientIntegration.objects.filter(consent=token.consent_id)
        activations.align(users, now=now)
        text = text_of(token, reason)
        for each in users.filter(enabled=True).defer("secret"):
            activations.note_problem(each, text, now=now)
        transaction.on_commit(lambda: _tell(token, text), robust=True)


def _tell(token: OAuthToken, text: str) -> None:
    client = token.consent.client
    log.warning("consent_needs_attention", consent=token.consent_id, client=client.code)
    tell(f"{client} has to connect to {token.application.system} again", text)


def tell(subject: str, text: str) -> None:
    for listener in listeners:
        listener(subject, text)
