"""What comes of a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunReport:
    """How many items became due, and what people should know of those that did not."""

    queued: int
    problem: str = ""
