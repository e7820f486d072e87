"""How much may be in flight at once: for one ClientIntegration, for its client, for its system."""

from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

Cap = tuple[Hashable, int]
"""What is counted, and the most that may be in flight of it over all processes."""
Load = Counter[Hashable]
"""How much is in flight of what a cap can count."""
TRIAL = 5
"""The most that is sent at once to a system of which nobody knows whether it answers."""


@dataclass(frozen=True)
class Limits:
    """What is allowed at once for one ClientIntegration.

    `client_most` and `system_most` count all that is in flight for the client, and for the system, whichever
    integration it belongs to. `made_of` are the row versions of all that its plan is made of. `on_trial`: its
    system has not answered lately, and is asked with a few items.
    """

    client_integration_id: int
    batch_size: int
    parallel: bool
    strict_order: bool
    client_id: int
    system_id: int
    client_most: int | None = None
    system_most: int | None = None
    made_of: tuple[int, ...] = ()
    on_trial: bool = False

    @property
    def in_flight(self) -> int:
        return self.batch_size if self.parallel else 1

    @cached_property
    def caps(self) -> tuple[Cap, ...]:
        own, client, system, pair = keys(self.client_integration_id, self.client_id, self.system_id)
        caps: list[Cap] = [(own, self.in_flight)]
        if self.client_most is not None:
            caps.append((client, self.client_most))
        if self.system_most is not None:
            caps.append((system, self.system_most))
        if self.on_trial:
            caps.append((pair, TRIAL))
        return tuple(caps)


def keys(client_integration_id: int, client_id: int, system_id: int) -> tuple[Hashable, ...]:
    """All that an item in flight counts for."""
    return (
        ("activation", client_integration_id),
        ("client", client_id),
        ("system", system_id),
        ("pair", client_id, system_id),
    )


def share_out(work: Sequence[Limits], places: int, load: Load) -> dict[int, int]:
    """Places by ClientIntegration id: one after the other in the order given, until none is left or wanted.

    Nothing exceeds its caps, `load` counted in.
    """
    taken = load.copy()
    shares: Counter[int] = Counter()
    waiting = deque(work)
    while places > 0 and waiting:
        limits = waiting.popleft()
        if all(taken[key] < most for key, most in limits.caps):
            for key, _ in limits.caps:
                taken[key] += 1
            shares[limits.client_integration_id] += 1
            places -= 1
            waiting.append(limits)
    return dict(shares)


def is_full(work: Sequence[Limits], shares: Mapping[int, int], load: Load) -> bool:
    """Whether nobody may have another place beside these, which are by ClientIntegration id."""
    taken = load.copy()
    for limits in work:
        for key, _ in limits.caps:
            taken[key] += shares.get(limits.client_integration_id, 0)
    return not share_out(work, 1, taken)
