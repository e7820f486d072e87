"""What it takes to execute the items of one ClientIntegration, put together once a round."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.transport import check_url
from integrations import connections, filters
from integrations.encryption import WrongKeyError
from integrations.errors import Refused
from integrations.models import ClientIntegration, Integration, System
from queues import bearers, handlers
from queues.handlers import Handler, SignIn, Terms
from queues.retries import DEFAULT_STEPS, RetryPolicy

# What keeps a ClientIntegration from being executed; the message says what to mend.
BROKEN = (Refused, ExpressionError, WrongKeyError)


GOOD_FOR = 5.0
Versions = tuple[int, ...]
"""The row versions of all that a plan is made of."""


@dataclass(frozen=True)
class Plan:
    activation: ClientIntegration
    compiled: filters.Compiled
    handler: Handler
    policy: RetryPolicy
    sign_in: SignIn

    @cached_property
    def integration(self) -> Integration:
        return self.activation.integration

    @cached_property
    def terms(self) -> Terms:
        action = self.integration.action
        assert action is not None  # noqa: S101  (a plan has one)
        return Terms(action.configuration, self.integration.system, self.sign_in, self.activation)

    @cached_property
    def reopens(self) -> bool:
        """A newer version of an item that was delivered is delivered again."""
        return reopens(self.integration)


def reopens(integration: Integration) -> bool:
    return integration.include_update or not integration.is_outbound


def make_plans(client_integration_ids: Iterable[int]) -> tuple[dict[int, Plan], dict[int, str]]:
    """Plans by ClientIntegration id, and for those that cannot have one, what is wrong with them.

    There is neither for one that is gone.
    """
    ids = list(client_integration_ids)
    plans: dict[int, Plan] = {}
    problems: dict[int, str] = {}
    try:
        activations = list(_activations().filter(pk__in=ids))
    except WrongKeyError as error:
        if len(ids) == 1:
            return {}, {ids[0]: str(error)}
        for pk in ids:  # a secret that does not open breaks only its own
            made, wrong = make_plans([pk])
            plans, problems = plans | made, problems | wrong
        return plans, problems
    for activation in activations:
        try:
            plans[activation.pk] = _plan_of(activation)
        except BROKEN as error:
            problems[activation.pk] = str(error)
    return plans, problems


class KnownPlans:
    """Plans for a drain, each good for GOOD_FOR seconds unless something that it is made of has changed."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[int, tuple[Versions, float, Plan]] = {}

    def get(self, wanted: Mapping[int, Versions]) -> tuple[dict[int, Plan], dict[int, str]]:
        """As make_plans, for ids with the versions they are to be made of. A problem is not remembered."""
        now = self._clock()
        known = {pk: self._known[pk] for pk in wanted.keys() & self._known.keys()}
        good = {pk: plan for pk, (of, end, plan) in known.items() if of == wanted[pk] and now < end}
        missing = wanted.keys() - good.keys()
        made, problems = make_plans(missing) if missing else ({}, {})
        self._known.update({pk: (wanted[pk], now + GOOD_FOR, plan) for pk, plan in made.items()})
        return good | made, problems


def make_plan(client_integration_id: int) -> Plan:
    """Raises one of BROKEN."""
    return _plan_of(_activations().get(pk=client_integration_id))


def _activations() -> QuerySet[ClientIntegration]:
    return ClientIntegration.objects.select_related(
        "client", "integration__entity", "integration__action", "integration__system"
    )


def _plan_of(activation: ClientIntegration) -> Plan:
    integration = activation.integration
    if integration.action is None:
        raise Refused("The integration has no action.", field="action")
    handlers.check_direction(integration)
    _check_address(integration.system)
    return Plan(
        activation=activation,
        compiled=filters.compiled(integration),
        handler=handlers.get(integration.action.handler),
        policy=RetryPolicy(integration.max_attempts, integration.backoff or DEFAULT_STEPS),
        sign_in=sign_in_of(activation),
    )


def _check_address(system: System) -> None:
    try:
        check_url(system.base_url)
    except ValueError as error:
        raise Refused(f"The address of {system} cannot be called: {error}", field="base_url") from None


def sign_in_of(activation: ClientIntegration) -> SignIn:
    """The client's own credentials where it has some: this activation's, or those of its connection to the
    system; else the system's, but a hub system's never for a definition that a client wrote itself."""
    system = activation.integration.system
    if system.authentication == System.Authentication.NONE:
        return SignIn(system.authentication)
    if system.authentication == System.Authentication.OAUTH2:
        return bearers.sign_in(activation)
    if activation.secret:
        return SignIn(system.authentication, activation.username, system.header, activation.secret)
    if connection := connections.in_use(activation.client_id, system):
        return SignIn(system.authentication, connection.username, system.header, connection.secret)
    if system.owner_id != activation.integration.owner_id:
        raise Refused(f"Enter credentials of your own for {system}.", field="secret")
    return SignIn(system.authentication, system.username, system.header, system.secret)
