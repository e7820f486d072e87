"""Giving tokens back to the authorization server once their consent is withdrawn (RFC 7009)."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from integrationhub.wire import oauth as protocol
from integrationhub.wire.oauth import Tokens
from integrationhub.wire.transport import Outcome, Request, Response
from integrations.encryption import WrongKeyError
from integrations.models import Consent, OAuthToken
from integrations.oauth import applications, claiming, outbound

log = structlog.get_logger(__name__)

MOST_FAILURES = 8
FIRST_PAUSE = 30.0


def let_go(consent: Consent, *, now: datetime) -> None:
    """Nobody uses the tokens any more; they are given back after the commit, and by the tick if need be."""
    tokens = OAuthToken.objects.filter(consent=consent)
    tokens.filter(application__revocation_url="").delete()
    if tokens.update(refresh_on=now, failures=0, lease_until=None):
        transaction.on_commit(lambda: give_back_due(now, consent=consent), robust=True)


def let_go_of_late(token: OAuthToken, tokens: Tokens, *, now: datetime) -> None:
    """Tokens that came in after the consent had been withdrawn. In the caller's transaction.

    They take the place of the ones before, which the server has ended by giving these.
    """
    if not token.application.revocation_url:
        return
    OAuthToken.objects.update_or_create(
        consent=token.consent,
        defaults={
            "application": token.application,
            "is_own": token.is_own,
            "access_token": tokens.access,
            "refresh_token": tokens.refresh or token.refresh_token,
            "obtained_on": now,
            "refresh_on": now,
            "lease_until": None,
            "failures": 0,
        },
    )
    transaction.on_commit(lambda: give_back_due(now, consent=token.consent), robust=True)


def give_back_due(now: datetime, consent: Consent | None = None) -> int:
    """How many were given back: of this consent, or of all that are due. Not in a transaction."""
    due = OAuthToken.objects.due(now).filter(consent__state=Consent.State.REVOKED).order_by("refresh_on")
    due = due.filter(consent=consent) if consent else due
    claimed = {}
    for pk in due.values_list("pk", flat=True)[: claiming.AT_ONCE]:
        try:
            if token := claiming.claim(pk, now):
                claimed[pk] = (token, _request_for(token))
        except WrongKeyError:
            log.warning("token_cannot_be_given_back", token=pk)
            OAuthToken.objects.filter(pk=pk).delete()
    answers = outbound.exchange_all({pk: request for pk, (_, request) in claimed.items()})
    return sum(_conclude(token, answers[pk], now) for pk, (token, _) in claimed.items())


def _request_for(token: OAuthToken) -> Request:
    """The refresh token takes its access tokens with it."""
    own = applications.own_connection(token.application, token.consent.client_id) if token.is_own else None
    hint = "refresh_token" if token.refresh_token else "access_token"
    return protocol.revocation_request(
        applications.known_as(token.application, own),
        token.application.revocation_url,
        token=token.refresh_token or token.access_token,
        hint=hint,
    )


def _conclude(token: OAuthToken, answer: Outcome, now: datetime) -> bool:
    """Given up after a while: the server then ends them by itself, when their time is over."""
    is_done = isinstance(answer, Response) and 200 <= answer.status < 300
    rows = OAuthToken.objects.filter(pk=token.pk, lease_until=token.lease_until)
    if is_done or token.failures + 1 >= MOST_FAILURES:
        rows.delete()
        if not is_done:
            log.warning("tokens_not_given_back", consent=token.consent_id)
    else:
        pause = timedelta(seconds=FIRST_PAUSE * 2**token.failures)
        rows.update(failures=token.failures + 1, refresh_on=now + pause, lease_until=None)
    return is_done
