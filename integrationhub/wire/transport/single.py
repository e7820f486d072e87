"""One request, waited for."""

import ssl

import pycurl

from integrationhub.wire.transport.addresses import AddressGuard
from integrationhub.wire.transport.exchange import Exchange
from integrationhub.wire.transport.messages import Failure, FailureKind, Outcome, Request
from integrationhub.wire.transport.permission import ask_permission
from integrationhub.wire.transport.wellformed import check_request

# pycurl does not name it. Without it the end of the call would wait for a name server that does not answer.
_QUICK_EXIT = 322


def send(request: Request, guard: AddressGuard) -> Outcome:
    """Send `request` on a connection of its own and wait for the outcome, at most until its deadline."""
    ask_permission()
    try:
        check_request(request)
    except ValueError as error:
        return Failure(FailureKind.INVALID, str(error), 0.0)
    return _perform(Exchange(request, guard))


def _perform(exchange: Exchange) -> Outcome:
    with pycurl.Curl() as curl:
        exchange.configure(curl, ssl.get_default_verify_paths().cafile)
        curl.setopt(_QUICK_EXIT, 1)
        try:
            curl.perform()
        except pycurl.error as error:
            code, detail = error.args
            return exchange.outcome(curl, code, detail=detail)
        return exchange.outcome(curl, pycurl.E_OK, detail="")
