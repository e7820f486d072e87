"""Whether a system can be reached and lets the hub in: one request, made while a person waits."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from integrationhub.wire.transport import AddressGuard, Failure, Request, check_url, send
from integrations import auditing
from integrations.encryption import WrongKeyError
from integrations.errors import Refused
from integrations.models import System
from integrations.oauth import connecting
from integrations.ownership import check_may_change
from integrations.principals import Principal
from queues.handlers import SignIn
from queues.http_send import sign_in_headers

DEADLINE = 10.0


@dataclass(frozen=True, slots=True)
class Reached:
    """`is_good`: it answered, and did not turn the credentials away."""

    is_good: bool
    text: str


def reach(system: System, *, by: Principal, now: datetime) -> Reached:
    """Asks for the base URL with the system's own credentials. Raises NotAllowed and Refused."""
    check_may_change(system, by)
    request = _request(system, now)
    auditing.note("test connection", system, by=by, now=now)
    answer = send(request, AddressGuard(settings.HUB_OUTBOUND_ALLOW))
    if isinstance(answer, Failure):
        return Reached(is_good=False, text=f"{answer.kind.capitalize()}: {answer.message}")
    took = f"after {answer.elapsed * 1000:.0f} ms"
    if answer.status in (401, 403):
        return Reached(
            is_good=False, text=f"It answers {answer.status} {took}: the credentials are turned away."
        )
    return Reached(is_good=answer.status < 500, text=f"It answers {answer.status} {took}.")


def _request(system: System, now: datetime) -> Request:
    try:
        check_url(system.base_url)
        headers = [("Accept", "*/*"), *sign_in_headers(_sign_in(system, now))]
    except WrongKeyError as error:
        raise Refused(str(error), field="secret") from None
    except ValueError as error:
        raise Refused(str(error), field="base_url") from None
    return Request("GET", system.base_url, tuple(headers), deadline=DEADLINE)


def _sign_in(system: System, now: datetime) -> SignIn:
    if system.authentication == System.Authentication.OAUTH2:
        return SignIn(System.Authentication.BEARER, secret=connecting.trial_token(system, now=now))
    return SignIn(system.authentication, system.username, system.header, system.secret)
