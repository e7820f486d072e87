"""Which items an act is for: a filter as plain data, that can be kept, shown and applied again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from integrations import texts
from integrations.errors import Fault, Invalid
from integrations.models import Client, Direction
from integrations.principals import Principal
from queues.models import IntegrationQueue
from queues.models.items import QueueItemQuerySet
from queues.states import State

MOST_IDS = 10_000
_LARGEST_KEY = 2**63 - 1
_LARGEST_ATTEMPT = 2**31 - 1

# Values as a filter keeps them: what JSON has.
Filter = dict[str, Any]


def check_filter(wanted: Mapping[str, object]) -> Filter:
    """The filter as it is kept. Raises Invalid, with a fault named `filter.<name>` for all that is wrong."""
    kept: Filter = {}
    faults = []
    for name, value in wanted.items():
        try:
            kept[name] = _CRITERIA[name][0](value)
        except KeyError:
            known = ", ".join(sorted(_CRITERIA))
            shown = texts.printable(str(name))[:100]
            faults.append(Fault(f"filter.{shown}", f"There is no such property here; there are {known}."))
        except ValueError as error:
            faults.append(Fault(f"filter.{name}", str(error)))
    if faults:
        raise Invalid(faults)
    return kept


def select(kept: Filter, client: Client | None) -> QueueItemQuerySet:
    """The items that match a kept filter, of one client or of all."""
    rows = IntegrationQueue.objects.all() if client is None else IntegrationQueue.objects.for_client(client)
    conditions = [_CRITERIA[name][1](value) for name, value in kept.items()]
    return rows.filter(*conditions)


def visible(kept: Filter, by: Principal) -> QueueItemQuerySet:
    return select(kept, by.client) if by.client or by.spans_clients else IntegrationQueue.objects.none()


def _whole(value: object, largest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        raise ValueError(f"This is a whole number from 0 to {largest}.")
    return value


def _key(value: object) -> int:
    return _whole(value, _LARGEST_KEY)


def _attempt(value: object) -> int:
    return _whole(value, _LARGEST_ATTEMPT)


def _keys(value: object) -> list[int]:
    if not isinstance(value, list) or len(value) > MOST_IDS:
        raise ValueError(f"This is a list of at most {MOST_IDS} numbers.")
    return [_key(each) for each in value]


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 450:
        raise ValueError("This is a text of 1 to 450 characters.")
    if reason := texts.refusal(value):
        raise ValueError(f"The text {reason}")
    return value


def _direction(value: object) -> str:
    if value not in Direction.Id.values:
        raise ValueError(f"This is one of {', '.join(Direction.Id.values)}.")
    return str(value)


def _states(value: object) -> list[str]:
    given = value if isinstance(value, list) else [value]
    if any(each not in State.values for each in given):
        raise ValueError(f"This is one or a list of {', '.join(State.values)}.")
    return sorted({str(each) for each in given})


def _moment(value: object) -> str:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(moment, datetime) and moment.utcoffset() is not None:
            return moment.isoformat()
    except ValueError:
        pass
    raise ValueError("This is a time with an offset, such as 2026-01-31T12:00:00Z.")


def _lookup(path: str) -> Callable[[Any], Q]:
    return lambda value: Q((path, value))


def _when(path: str) -> Callable[[Any], Q]:
    return lambda value: Q((path, datetime.fromisoformat(value)))


def _starts(value: str) -> Q:
    return Q(item_id__startswith=value) | Q(item_name__startswith=value)


_CRITERIA: dict[str, tuple[Callable[[object], Any], Callable[[Any], Q]]] = {
    "ids": (_keys, _lookup("pk__in")),
    "state": (_states, _lookup("state__in")),
    "direction": (_direction, _lookup("integration__direction")),
    "client": (_text, _lookup("client__code")),
    "integration": (_key, _lookup("integration")),
    "client_integration": (_key, _lookup("client_integration")),
    "system": (_key, _lookup("integration__system")),
    "run": (_key, _lookup("run")),
    "item_id": (_text, _lookup("item_id")),
    "search": (_text, _starts),
    "message": (_text, _lookup("message__icontains")),
    "attempt_from": (_attempt, _lookup("attempt__gte")),
    "due_from": (_moment, _when("due_at__gte")),
    "due_before": (_moment, _when("due_at__lt")),
    "updated_from": (_moment, _when("updated_on__gte")),
    "updated_before": (_moment, _when("updated_on__lt")),
    "created_from": (_moment, _when("created_on__gte")),
    "created_before": (_moment, _when("created_on__lt")),
}
