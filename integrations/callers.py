"""Which principal a caller is: a person by session, and the client that staff chose to act for."""

from dataclasses import replace
from typing import TYPE_CHECKING

from integrations.errors import NotAllowed, Refused
from integrations.models import Client
from integrations.principals import Principal, Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Who has not signed in: sees nothing of any client.
NOBODY = Principal(user=None, client=None)

_OF_STAFF = frozenset(Scope.values)
_OF_MEMBERS = frozenset({Scope.READ, Scope.WRITE, Scope.OPERATE, Scope.CHANNELS, Scope.CREDENTIALS})


class UnknownClient(LookupError):  # noqa: N818  (what a caller hears, whether the client exists or not)
    """No client of this code that the caller may act for."""


def person(user: "User", code: str | None) -> Principal:
    """A signed-in person, acting for the client named; members of one client need not name it.

    Raises UnknownClient, and Refused where there is no telling which client is meant.
    """
    if user.is_staff:
        return choose(Principal(user=user, client=None, scopes=_OF_STAFF), code)
    clients = list(Client.objects.filter(users=user, active=True)[: None if code else 2])
    if code:
        clients = [client for client in clients if client.code == code]
    return Principal(user=user, client=_only(clients, code), scopes=_OF_MEMBERS)


def choose(principal: Principal, code: str | None) -> Principal:
    """The same caller, acting for the client named. Raises UnknownClient."""
    if not code or (principal.client is not None and principal.client.code == code):
        return principal
    client = Client.objects.filter(code=code).first() if principal.spans_clients else None
    if client is None:
        raise UnknownClient
    return replace(principal, client=client)


def _only(clients: list[Client], code: str | None) -> Client:
    if len(clients) == 1:
        return clients[0]
    if code:
        raise UnknownClient
    if clients:
        raise Refused("You act for several clients: name one.")
    raise NotAllowed("You act for no client.")
