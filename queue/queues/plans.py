"""What it takes to execute the items of one ClientIntegration, put together once a round."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.transport import check_url
from integrations import filters
from integrations.encryption import WrongKeyError
from integrations.errors import Refused
from integrations.models import ClientIntegration, Integration, System
from queues import handlers
from queues.handlers import Handler, SignIn
from queues.retries import DEFAULT_STEPS, RetryPolicy

# What keeps a ClientIntegration from being executed; the message says what to mend.
BROKEN = (Refused, ExpressionError, WrongKeyError)


GOOD_FOR = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    activation: ClientIntegration
    compiled: filters.Compiled
    handler: Handler
    policy: RetryPolicy
    sign_in: SignIn

    @property
    def integration(self) -> Integration:
        return self.activation.integration

    @property
    def reopens(self) -> bool:
        """A newer version of an item that was delivered is delivered again."""
        return reopens(self.integration)


def reopens(integration: Integration) -> bool:
    return integration.include_update or not integration.is_outbound


def make_plans(client_integration_ids: Iterable[int]) -> tuple[dict[int, Plan], dict[int, str]]:
    """Plans by ClientIntegration id, and for those that cannot have one, what is wrong with them."""
    plans, problems = {}, {}
    for pk in client_integration_ids:
        try:
            plans[pk] = make_plan(pk)
        except BROKEN as error:
            problems[pk] = str(error)
    return plans, problems


class RecentPlans:
    """Plans for a drain, each good for a moment: a change of definition takes effect within it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._made: dict[int, tuple[float, Plan]] = {}

    def get(self, client_integration_ids: Iterable[int]) -> tuple[dict[int, Plan], dict[int, str]]:
        """As make_plans. What is wrong with one is not remembered."""
        now = self._clock()
        ids = set(client_integration_ids)
        good = {pk: plan for pk, (made, plan) in self._made.items() if pk in ids and made > now - GOOD_FOR}
        made, problems = make_plans(ids - good.keys())
        self._made.update({pk: (now, plan) for pk, plan in made.items()})
        return good | made, problems


def make_plan(client_integration_id: int) -> Plan:
    """Raises one of BROKEN. Loads one alone, so that a secret that does not open breaks only its own."""
    activation = ClientIntegration.objects.select_related(
        "client", "integration__entity", "integration__action", "integration__system"
    ).get(pk=client_integration_id)
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
    """The client's own credentials where it has some; else the system's, but a hub system's never for a
    definition that a client wrote itself."""
    system = activation.integration.system
    if system.authentication == System.Authentication.NONE:
        return SignIn(system.authentication)
    if activation.secret:
        return SignIn(system.authentication, activation.username, system.header, activation.secret)
    if system.owner_id != activation.integration.owner_id:
        raise Refused(f"Enter credentials of your own for {system}.", field="secret")
    return SignIn(system.authentication, system.username, system.header, system.secret)
