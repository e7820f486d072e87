"""What people may do to items, and what that changes in a row: the same for one row and for many."""

from datetime import datetime

from django.db import models
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Value, When

from integrations.models import ClientIntegration
from queues.states import BY_HAND, State


class Act(models.TextChoices):
    # Executed once more, as soon as can be; Attempt goes on counting, so that a dead letter gets one try.
    RETRY = "retry", "Retry"
    # As if it had never failed: with all its attempts.
    RETRY_WITH_RESET = "retry_with_reset", "Retry with reset"
    # Taken out. An execution that is under way runs to its end, and changes nothing any more.
    CANCEL = "cancel", "Cancel"
    # Set aside until it is released.
    HOLD = "hold", "Hold"
    # Ends a hold: the item goes on where it was.
    RELEASE = "release", "Release"


TARGETS: dict[Act, State] = {
    Act.RETRY: State.PENDING,
    Act.RETRY_WITH_RESET: State.PENDING,
    Act.CANCEL: State.CANCELLED,
    Act.HOLD: State.ON_HOLD,
    Act.RELEASE: State.PENDING,
}

_NEW_CYCLE: dict[str, object] = {
    "crashes": 0,
    "rendered_hash": "",
    "action_log_id": None,
    "message": None,
    "finished_on": None,
}
REOPENED: dict[str, object] = {**_NEW_CYCLE, "attempt": 0}


def legal_states(act: Act) -> frozenset[State]:
    """The states from which it can be done."""
    return frozenset({State.ON_HOLD}) if act == Act.RELEASE else BY_HAND[TARGETS[act]]


def changes(act: Act, state: str, *, actor: str, now: datetime) -> dict[str, object]:
    """What the act writes into rows that are in this state, one from which it is legal."""
    return {
        "state": TARGETS[act],
        "due_at": _due(now) if TARGETS[act] == State.PENDING else None,
        "updated_on": now,
        "row_version": F("row_version") + 1,
        **_special(act, state, actor, now),
    }


def _special(act: Act, state: str, actor: str, now: datetime) -> dict[str, object]:
    match act:
        case Act.RETRY if state == State.RETRYING:
            return {"state": State.RETRYING}
        case Act.RETRY:
            return {**_NEW_CYCLE, "cycle": F("cycle") + 1}
        case Act.RETRY_WITH_RESET if state == State.RETRYING:
            return {"attempt": 0, "message": None}
        case Act.RETRY_WITH_RESET:
            return {**REOPENED, "cycle": F("cycle") + 1}
        case Act.CANCEL:
            return _cancelled(actor, now)
    return {}


def _cancelled(actor: str, now: datetime) -> dict[str, object]:
    return {
        "message": f"Cancelled by {actor}.",
        "finished_on": now,
        "lease_no": F("lease_no") + 1,
        "lease_owner": "",
        "started_on": None,
    }


def _due(now: datetime) -> Case:
    """Now, where the ClientIntegration is on."""
    running = ClientIntegration.objects.runnable().filter(pk=OuterRef("client_integration_id"))
    return Case(When(Exists(running), then=Value(now)), default=None, output_field=DateTimeField())
