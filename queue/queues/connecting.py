"""Whether a system answers, and takes the sign-in: one request, waited for, that changes nothing."""

from django.conf import settings
from django.utils import timezone

from integrationhub.wire.transport import AddressGuard, Failure, Request, check_url, send
from integrations.errors import Refused
from integrations.models import Connection, System
from integrations.oauth import connecting as oauth
from queues.handlers import SignIn
from queues.http_send import sign_in_headers

DEADLINE = 10.0
_NOT_SIGNED_IN = frozenset({401, 403, 407})


def answers(connection: Connection) -> bool:
    """With the connection's own sign-in or, where it has none, the system's."""
    sign_in = _sign_in(connection)
    status = None if sign_in is None else _status(connection.system.base_url, sign_in)
    return status is not None and status < 500 and status not in _NOT_SIGNED_IN


def _sign_in(connection: Connection) -> SignIn | None:
    """None where an authorization server gives no token for it."""
    system = connection.system
    own = connection.secret != ""
    if system.authentication == System.Authentication.OAUTH2:
        try:
            token = oauth.trial_token(system, own=connection if own else None, now=timezone.now())
        except Refused:
            return None
        return SignIn(System.Authentication.BEARER, secret=token)
    return SignIn(
        system.authentication,
        connection.username if own else system.username,
        system.header,
        connection.secret if own else system.secret,
    )


def is_reachable(url: str) -> bool:
    """Whether anything answers there; whatever it says. Raises Refused for what is no address."""
    try:
        check_url(url)
    except ValueError as error:
        raise Refused(str(error), field="Url") from None
    return _status(url, SignIn(System.Authentication.NONE)) is not None


def _status(url: str, sign_in: SignIn) -> int | None:
    request = Request("GET", url, tuple(sign_in_headers(sign_in)), deadline=DEADLINE, largest_answer=1024)
    answer = send(request, AddressGuard(settings.HUB_OUTBOUND_ALLOW))
    return None if isinstance(answer, Failure) else answer.status
