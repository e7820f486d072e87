"""The registry of actions: what a definition's Action may name. Names are looked up here, never imported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar, cast

from integrationhub.wire.transport import Failure, Request, Response
from integrationhub.wire.values import value
from integrations.errors import Refused
from integrations.models import Action, ClientIntegration, Direction, Integration, System
from integrations.oauth.bearing import Bearer
from integrations.sources import SourceRow
from queues.outcomes import Outcome

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in to a system for one client. `secret` never leaves the request it is put into.

    `bearer` says which access token it is, where a client's consent has brought it.
    """

    scheme: str
    username: str = ""
    header: str = ""
    secret: str = ""
    bearer: Bearer | None = None

    def __repr__(self) -> str:
        return f"SignIn({self.scheme!r})"


@dataclass(eq=False)
class Terms:
    """What all items of a ClientIntegration are executed by."""

    configuration: Mapping[str, object]
    system: System
    sign_in: SignIn
    activation: ClientIntegration
    _made: dict[object, object] = field(default_factory=dict, init=False, repr=False)

    def once(self, make: Callable[["Terms"], Made]) -> Made:
        """What `make` makes of these terms: for the first item that asks, then for all."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(Made, self._made[make])


@value
class Work:
    """One item about to be executed. Not `with_blanks`: blank values overwrite nothing on the other side."""

    key: str
    row: SourceRow
    terms: Terms
    with_blanks: bool = True


@value
class Prepared:
    """An execution, ready to go: a request for the multiplexer, or a call made in this process.

    `fingerprint` is a hash of what will be sent: a repeat under the same key must have the same one. `judged`
    says whether its answer tells how the integration's system is.
    """

    fingerprint: str
    request: Request | None = None
    call: Callable[[], Outcome] | None = None
    judged: bool = True


class Handler(Protocol):
    def check(self, configuration: Mapping[str, object]) -> None:
        """Raises Refused when the configuration cannot work."""

    def prepare(self, work: Work) -> Prepared | Outcome:
        """Renders the item. An outcome instead means that there is nothing to execute."""

    def conclude(self, work: Work, prepared: Prepared, answer: Response | Failure, now: datetime) -> Outcome:
        """What the answer to `prepared.request` means."""


_handlers: dict[str, Handler] = {}
_inbound: set[str] = set()


def register(name: str, handler: Handler, *, inbound: bool = False) -> None:
    """`inbound`: its items are pulled, not records to be sent."""
    _handlers[name] = handler
    if inbound:
        _inbound.add(name)


def names() -> list[str]:
    return sorted(_handlers)


def get(name: str) -> Handler:
    """Raises Refused for a name that nobody registered."""
    if name not in _handlers:
        raise Refused(f"There is no handler {name!r}; there are {', '.join(names())}.", field="handler")
    return _handlers[name]


def check_direction(integration: Integration) -> None:
    """Raises Refused when the integration's action is one for the other direction."""
    action = integration.action
    if action is None:
        return
    wanted = Direction.Id.INBOUND if action.handler in _inbound else Direction.Id.OUTBOUND
    if integration.direction_id != wanted:
        raise Refused(f"{action.handler} is for integrations with the direction {wanted}.", field="action")


def check_action(action: Action) -> None:
    """Raises Refused when the action names no handler, or one that cannot work with its configuration."""
    get(action.handler).check(action.configuration)
