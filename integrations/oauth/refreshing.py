"""Renewing access tokens: once, however many processes want it at the same moment."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from integrationhub.wire import oauth as protocol
from integrationhub.wire.oauth import GrantEnded, TokenRefused, TokenTrouble, TokenUnavailable
from integrationhub.wire.transport import Outcome, Request
from integrations.encryption import WrongKeyError
from integrations.errors import Refused
from integrations.models import Consent, OAuthToken
from integrations.oauth import applications, attention, claiming, keeping, outbound, revoking

log = structlog.get_logger(__name__)

WAIT_SECONDS = 12.0
POLL_SECONDS = 0.05
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 1800.0


def renew(token: OAuthToken, *, now: datetime) -> OAuthToken:
    """The token with a newer access token, whoever brings it. Must not be called in a transaction.

    Raises Refused, saying why there is none; that is known for a while, and not asked again meanwhile.
    """
    if token.failures and token.refresh_on is not None and token.refresh_on > now:
        raise Refused(f"The token for {token.application.system} was not renewed. {token.last_error}")
    claimed = claiming.claim(token.pk, now, number=token.number)
    if claimed is None:
        return _wait_for_other(token)
    conclude(claimed, outbound.exchange(request_for(claimed)), now)
    return _read_given(token.pk)


def renew_due(now: datetime) -> int:
    """Those whose time has come, side by side; how many were renewed. For the tick."""
    granted = OAuthToken.objects.due(now).filter(consent__state=Consent.State.GRANTED).order_by("refresh_on")
    claimed = _claim_all(granted.values_list("pk", flat=True)[: claiming.AT_ONCE], now)
    requests = {token.pk: request for token, request in claimed}
    answers = outbound.exchange_all(requests)
    return sum(_conclude_apart(token, answers[token.pk], now) for token, _ in claimed)


def request_for(token: OAuthToken) -> Request:
    """Raises Refused where there is nothing to renew it with, or nothing to renew it for."""
    _check_given(token)
    own = applications.own_connection(token.application, token.consent.client_id)
    token.is_own = own is not None
    known = applications.known_as(token.application, own)
    if not token.application.is_interactive:
        return protocol.client_credentials_request(known)
    if not token.refresh_token:
        raise Refused(f"{token.application.system} gave no refresh token: connect to it again.")
    return protocol.refresh_request(known, refresh_token=token.refresh_token)


def conclude(token: OAuthToken, answer: Outcome, now: datetime) -> None:
    """Write down what came of a claimed token. Raises Refused where it was not renewed."""
    try:
        tokens = protocol.read_tokens(answer, now)
    except GrantEnded as ended:
        reason = f"The authorization server says: {ended}"
        attention.call_for(token, reason, now=now)
        raise Refused(attention.text_of(token, reason)) from None
    except TokenTrouble as trouble:
        postpone(token, trouble, now)
        raise Refused(f"The token for {token.application.system} was not renewed. {trouble}") from None
    with transaction.atomic():
        consent = Consent.objects.select_for_update(of=("self",)).filter(pk=token.consent_id).first()
        is_kept = keeping.keep_renewed(token, tokens, now=now)
        # Where somebody else has renewed it meanwhile, what is given back might take the newer one with it.
        if not is_kept and consent is not None and consent.state == Consent.State.REVOKED:
            revoking.let_go_of_late(token, tokens, now=now)


def postpone(token: OAuthToken, trouble: Exception, now: datetime) -> None:
    """Try again later: a server that says no, only after the longest pause."""
    pause = min(FIRST_PAUSE * 2 ** min(token.failures, 10), LONGEST_PAUSE)
    if isinstance(trouble, TokenUnavailable) and trouble.after:
        pause = min(max(pause, trouble.after), LONGEST_PAUSE)
    elif isinstance(trouble, TokenRefused):
        pause = LONGEST_PAUSE
    OAuthToken.objects.filter(pk=token.pk, lease_until=token.lease_until).update(
        failures=token.failures + 1,
        last_error=str(trouble)[:500],
        refresh_on=now + timedelta(seconds=pause),
        lease_until=None,
    )
    log.warning("token_not_renewed", consent=token.consent_id, reason=str(trouble))


def _claim_all(keys: Iterable[int], now: datetime) -> list[tuple[OAuthToken, Request]]:
    """One that cannot even be asked for, takes none of the others with it."""
    found = []
    for pk in keys:
        try:
            if token := claiming.claim(pk, now):
                found.append((token, request_for(token)))
        except (Refused, WrongKeyError) as error:
            log.warning("token_cannot_be_renewed", token=pk, reason=str(error))
    return found


def _conclude_apart(token: OAuthToken, answer: Outcome, now: datetime) -> bool:
    try:
        conclude(token, answer, now)
    except Refused:
        return False  # it has been written down
    return True


def _read_given(pk: int) -> OAuthToken:
    token = claiming.read(pk)
    _check_given(token)
    return token


def _check_given(token: OAuthToken) -> None:
    if token.consent.state == Consent.State.REVOKED:
        raise Refused(claiming.WITHDRAWN, field="consent")


def _wait_for_other(token: OAuthToken) -> OAuthToken:
    """Raises Refused when nothing has come of it in time."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        found = _read_given(token.pk)
        if found.number != token.number:
            return found
        if found.lease_until is None:
            break
        time.sleep(POLL_SECONDS)
    raise Refused(f"The token for {token.application.system} was not renewed. {found.last_error}")
