"""What happens to an item next, and what it waits for, in a sentence or two for people."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.timesince import timesince, timeuntil

from integrations import holdups
from integrations.models import ClientIntegration
from queues.models import Breaker, IntegrationQueue
from queues.states import State

_ENDS = {
    State.SUCCEEDED: "It has been delivered.",
    State.DEAD_LETTER: "It is not tried again by itself: mend the cause, then retry it.",
    State.CANCELLED: "It has been taken out. Only a person opens it again.",
    State.ON_HOLD: "It has been set aside until somebody releases it.",
}


def foretell(item: IntegrationQueue, *, now: datetime) -> list[str]:
    """`item` comes with its integration and its client's use of it."""
    state = State(item.state)
    if state in _ENDS:
        return [_ENDS[state], *_reopening(item, state)]
    if state == State.PROCESSING:
        return [_under_way(item, now)]
    if item.due_at is None:
        return [f"It waits. {_why_off(item.client_integration, now)}"]
    return [_next_attempt(item, item.due_at, now), *_held_back(item, now)]


def _reopening(item: IntegrationQueue, state: State) -> Iterator[str]:
    integration = item.integration
    if state == State.SUCCEEDED and integration.continuous:
        yield "The integration is continuous: the next run sends it again while it matches."
    elif state in (State.SUCCEEDED, State.DEAD_LETTER) and integration.include_update:
        yield "A newer version of the record opens it again."


def _under_way(item: IntegrationQueue, now: datetime) -> str:
    doing = "is executing it" if item.started_on else "has taken it"
    if item.due_at is not None and item.due_at < now:
        return f"A worker took it and has been silent for {timesince(item.due_at, now)}: another takes over."
    return f"A worker {doing} at this moment."


def _next_attempt(item: IntegrationQueue, due_at: datetime, now: datetime) -> str:
    number = f"Attempt {item.attempt + 1}"
    if item.attempt < item.integration.max_attempts:
        number += f" of {item.integration.max_attempts}"
    if due_at <= now:
        return f"{number} is due now: a worker takes it next."
    return f"{number} is due in {timeuntil(due_at, now)}, at {due_at:%Y-%m-%d %H:%M:%S} UTC."


def _held_back(item: IntegrationQueue, now: datetime) -> Iterator[str]:
    system = item.integration.system_id
    breaker = Breaker.objects.filter(client=item.client_id, system=system).exclude(open_until=None).first()
    if breaker is None or breaker.open_until is None:
        return
    failed = f"after {breaker.failures} failures in a row"
    if breaker.open_until > now:
        yield f"Calls to the system rest until {breaker.open_until:%H:%M:%S} UTC, {failed}."
    else:
        yield f"The system is tried with a few items first, {failed}."


def _why_off(activation: ClientIntegration, now: datetime) -> str:
    return activation.problem or holdups.look_up(activation, now) or "It goes on within a minute."
