"""One request, waited for."""

import ssl

import pycurl

from integrationhub.wire.transport.addresses import AddressGuard
from integrationhub.wire.transport.line import Line
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
    with pycurl.Curl() as curl:
        return _perform(Line(curl, guard, ssl.get_default_verify_paths().cafile), request)


def _perform(line: Line, request: Request) -> Outcome:
    line.take(request)
    line.curl.setopt(_QUICK_EXIT, 1)
    try:
        line.curl.perform()
    except pycurl.error as error:
        code, detail = error.args
        return line.outcome(code, detail=detail)
    return line.outcome(pycurl.E_OK, detail="")
