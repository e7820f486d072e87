"""Whether a system can be reached and lets the hub in: one request, waited for, that changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from integrationhub.wire.transport import AddressGuard, Failure, Request, Response, check_url, send
from integrations import auditing
from integrations.encryption import WrongKeyError
from integrations.errors import Refused
from integrations.models import Connection, System
from integrations.oauth import connecting
from integrations.ownership import check_may_change
from integrations.principals import Principal
from queues.handlers import SignIn
from queues.http_send import sign_in_headers

DEADLINE = 10.0
LARGEST_ANSWER = 1024
_TURNED_AWAY = frozenset({401, 403, 407})


@dataclass(frozen=True, slots=True)
class Reached:
    """`is_good`: it answered, and did not turn the credentials away. `is_sure`: it let them in."""

    is_good: bool
    text: str
    is_sure: bool = False


def reach(system: System, *, by: Principal, now: datetime) -> Reached:
    """Asks for the base URL with the system's own credentials. Raises NotAllowed and Refused."""
    check_may_change(system, by)
    try:
        check_url(system.base_url)
        headers = sign_in_headers(_sign_in(system, None, now))
    except WrongKeyError as error:
        raise Refused(str(error), field="secret") from None
    except ValueError as error:
        raise Refused(str(error), field="base_url") from None
    auditing.note("test connection", system, by=by, now=now)
    return _describe(_ask(system.base_url, headers))


def lets_in(connection: Connection, *, now: datetime) -> bool:
    """With the connection's own sign-in or, where it has none, the system's."""
    own = connection if connection.secret else None
    try:
        headers = sign_in_headers(_sign_in(connection.system, own, now))
    except Refused:  # an authorization server gives no token for it
        return False
    return _describe(_ask(connection.system.base_url, headers)).is_good


def is_reachable(url: str) -> bool:
    """Whether anything answers there; whatever it says. Raises Refused for what is no address."""
    try:
        check_url(url)
    except ValueError as error:
        raise Refused(str(error), field="Url") from None
    return isinstance(_ask(url, []), Response)


def _sign_in(system: System, own: Connection | None, now: datetime) -> SignIn:
    if system.authentication == System.Authentication.OAUTH2:
        return SignIn(System.Authentication.BEARER, secret=connecting.trial_token(system, own=own, now=now))
    holder = own or system
    return SignIn(system.authentication, holder.username, system.header, holder.secret)


def _ask(url: str, headers: list[tuple[str, str]]) -> Response | Failure:
    request = Request(
        "GET",
        url,
        (("Accept", "*/*"), *headers),
        deadline=DEADLINE,
        largest_answer=LARGEST_ANSWER,
    )
    return send(request, AddressGuard(settings.HUB_OUTBOUND_ALLOW))


def _describe(answer: Response | Failure) -> Reached:
    if isinstance(answer, Failure):
        return Reached(is_good=False, text=f"{answer.kind.capitalize()}: {answer.message}")
    said = f"It answers {answer.status} after {answer.elapsed * 1000:.0f} ms"
    if answer.status in _TURNED_AWAY:
        return Reached(is_good=False, text=f"{said}: the credentials are turned away.")
    if answer.status >= 500:
        return Reached(is_good=False, text=f"{said}.")
    if answer.status >= 400:
        unsure = "It is there; whether it takes the credentials, this address does not tell."
        return Reached(is_good=True, text=f"{said}. {unsure}")
    return Reached(is_good=True, text=f"{said}.", is_sure=True)
