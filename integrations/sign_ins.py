"""That a way of signing in to a system has changed: told to whatever has given up on the one before."""

from collections.abc import Callable

# Called within the transaction, with the ids of the system and of the client: None where it is everybody's.
listeners: list[Callable[[int, int | None], None]] = []


def tell_changed(system_id: int, client_id: int | None) -> None:
    for listener in listeners:
        listener(system_id, client_id)
