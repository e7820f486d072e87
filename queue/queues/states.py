"""The states of a queue item, and which of them a person may change into which."""

from django.db import models


class State(models.TextChoices):
    # Waits for its turn: `due_at` says from when on. No execution of this cycle has failed.
    PENDING = "Pending", "Pending"
    # Claimed by a worker under a lease (`due_at` is its end); executing once `started_on` is set.
    PROCESSING = "Processing", "Processing"
    # Executed successfully; opened again by a newer version or, when Continuous, by the next run.
    SUCCEEDED = "Succeeded", "Succeeded"
    # Failed for now; executed again from `due_at` on.
    RETRYING = "Retrying", "Retrying"
    # Gave up, for the reason in `message`; waits for a person or a newer version.
    DEAD_LETTER = "DeadLetter", "Dead letter"
    # Taken out: by a person, or since its record no longer matched. Only a person opens it again.
    CANCELLED = "Cancelled", "Cancelled"
    # Set aside by a person, who also releases it.
    ON_HOLD = "OnHold", "On hold"


WAITING = frozenset({State.PENDING, State.RETRYING})
OPEN = WAITING | {State.PROCESSING}
SETTLED = frozenset({State.SUCCEEDED, State.DEAD_LETTER, State.CANCELLED})

# What a person may do by hand: target state -> states it is reached from.
BY_HAND: dict[State, frozenset[State]] = {
    State.PENDING: frozenset(
        {State.RETRYING, State.SUCCEEDED, State.DEAD_LETTER, State.CANCELLED, State.ON_HOLD}
    ),
    State.CANCELLED: frozenset({State.PENDING, State.RETRYING, State.ON_HOLD, State.PROCESSING}),
    State.ON_HOLD: frozenset({State.PENDING, State.RETRYING}),
    State.SUCCEEDED: frozenset({State.PENDING, State.RETRYING, State.ON_HOLD, State.DEAD_LETTER}),
    State.DEAD_LETTER: frozenset({State.PENDING, State.RETRYING, State.ON_HOLD}),
}
