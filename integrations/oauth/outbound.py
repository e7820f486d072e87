"""Asking an authorization server, through the hub's one way out."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from integrationhub.wire.oauth import Tokens, TokenTrouble, read_tokens
from integrationhub.wire.transport import AddressGuard, Outcome, Request, Transport, send
from integrations.errors import Conflict


def ask(request: Request, now: datetime) -> Tokens:
    """For tokens that a person waits for. Must not be called in a transaction. Raises Conflict."""
    try:
        return read_tokens(exchange(request), now)
    except TokenTrouble as trouble:
        raise Conflict(f"The authorization server gives no token. {trouble}") from None


def exchange(request: Request) -> Outcome:
    return send(request, AddressGuard(settings.HUB_OUTBOUND_ALLOW))


def exchange_all(requests: Mapping[int, Request]) -> dict[int, Outcome]:
    """Side by side, so that one server that does not answer keeps no other waiting."""
    if not requests:
        return {}
    transport: Transport[int] = Transport(AddressGuard(settings.HUB_OUTBOUND_ALLOW))
    answers: dict[int, Outcome] = {}
    try:
        for key, request in requests.items():
            transport.submit(key, request)
        while transport.in_flight:
            answers |= dict(transport.poll(1.0))
    finally:
        transport.close()
    return answers
