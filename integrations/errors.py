"""What a verb says when it does not do what it was asked. Surfaces translate it: none of this knows HTTP."""

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """One thing that is wrong. `field` is None where no single field is at fault."""

    field: str | None
    message: str


class Refused(Exception):  # noqa: N818  (the name is what the verb answers)
    """The request breaks a rule. Nothing was changed."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def faults(self) -> Sequence[Fault]:
        """Everything that is wrong, at least one."""
        return (Fault(self.field, self.message),)


class NotAllowed(Refused):
    """The rule forbids it to this caller."""


class Conflict(Refused):
    """The row is in no state for it."""


class Invalid(Refused):
    """Several fields are wrong at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.message for fault in faults), field=faults[0].field)
        self._faults = tuple(faults)

    @property
    def faults(self) -> Sequence[Fault]:
        return self._faults
