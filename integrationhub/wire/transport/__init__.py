"""The one way out: every HTTP request the hub sends goes through this package.

Delivery is at least once. A request that finds its pooled connection dead is sent once more, on a connection
of its own and with the same bytes (so with the same `Idempotency-Key`), because the peer may simply have
closed an idle connection. That resend is never repeated, and it is only made for requests that may safely
arrive twice: idempotent methods, and any method that carries an `Idempotency-Key`. All others never travel on
a pooled connection in the first place.
"""

from integrationhub.wire.transport.addresses import AddressGuard
from integrationhub.wire.transport.messages import Failure, FailureKind, Outcome, Request, Response
from integrationhub.wire.transport.multiplexer import Transport
from integrationhub.wire.transport.retry_after import retry_after
from integrationhub.wire.transport.single import send
from integrationhub.wire.transport.wellformed import check_header, check_request, check_url

__all__ = [
    "AddressGuard",
    "Failure",
    "FailureKind",
    "Outcome",
    "Request",
    "Response",
    "Transport",
    "check_header",
    "check_request",
    "check_url",
    "retry_after",
    "send",
]
