"""Signing in with the access tokens that clients' consents have brought."""

from datetime import datetime

from integrations.models import ClientIntegration, System
from integrations.oauth import bearing
from queues import clock
from queues.handlers import SignIn


def sign_in(activation: ClientIntegration) -> SignIn:
    """Raises Refused, and WrongKeyError. Must not be called in a transaction."""
    bearer = bearing.bearer_for(activation, now=clock.database_now())
    return SignIn(System.Authentication.BEARER, secret=bearer.text, bearer=bearer)


def another_may_do(sign_in: SignIn, status: int, now: datetime) -> bool:
    """Whether a system that answers with this status has turned away a token that can be replaced."""
    return status == 401 and sign_in.bearer is not None and bearing.doubt(sign_in.bearer, now=now)
