"""What came of an execution. Outcomes are data: handlers return them, finishing applies them."""

from dataclasses import field

from integrationhub.wire.values import value


@value
class Exchange:
    """What went over the wire, redacted, for the log."""

    request: str = ""
    response: str = ""
    status: int | None = None
    duration_ms: int = 0


@value
class Done:
    message: str = ""
    exchange: Exchange = field(default_factory=Exchange)


@value
class Retry:
    """Failed for now. `after` is the other side's wish in seconds (Retry-After), not a promise."""

    message: str
    after: float | None = None
    exchange: Exchange = field(default_factory=Exchange)


@value
class Permanent:
    """Failed for good: no retry would change it."""

    message: str
    exchange: Exchange = field(default_factory=Exchange)


@value
class Snooze:
    """Not executed after all, or interrupted by us: put off for `seconds`, and not charged."""

    seconds: float
    message: str = ""
    exchange: Exchange = field(default_factory=Exchange)


@value
class Cancel:
    """Not to be executed any more."""

    message: str
    exchange: Exchange = field(default_factory=Exchange)


Outcome = Done | Retry | Permanent | Snooze | Cancel
