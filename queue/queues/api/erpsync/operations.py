"""The operations of the agent: each registers itself, with what it takes and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from integrationhub.wire.netserver.arguments import Argument
from integrations.models import Client
from integrations.principals import Principal


@dataclass(frozen=True)
class Call:
    """One call of an operation, by whom, with its arguments by their declared names."""

    principal: Principal
    arguments: Mapping[str, Any]
    now: datetime

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    @property
    def client(self) -> Client | None:
        return self.principal.client


@dataclass(frozen=True)
class Operation:
    """`returns` is the type of the answer as XML names it, `T[]` for many; "" is none: 204."""

    name: str
    description: str
    arguments: Mapping[str, Argument]
    returns: str
    run: Callable[[Call], Any]


OPERATIONS: dict[str, Operation] = {}

R = TypeVar("R")


def operation(
    name: str, description: str, *, takes: Mapping[str, Argument] | None = None, returns: str = ""
) -> Callable[[Callable[[Call], R]], Callable[[Call], R]]:
    def register(run: Callable[[Call], R]) -> Callable[[Call], R]:
        OPERATIONS[name.lower()] = Operation(name, description, takes or {}, returns, run)
        return run

    return register
