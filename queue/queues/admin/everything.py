"""All rows that a filtered list shows, named the way bulk jobs name rows."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from integrations.admin.moments import moment_of
from integrations.models import Client
from queues.admin.item_filters import whole_number
from queues.admin.saved_views import PARAMETER, SAVED_VIEWS

# Of the list itself, and of no row.
_OF_THE_PAGE = {"p", "o", "e", "all"}
# Lists filter by days and times of these: column -> how a bulk job's filter begins to name it.
_MOMENTS = {"updated_on": "updated", "created_on": "created"}
_SIDES = ("_from_0", "_from_1", "_to_0", "_to_1")


class NotNameable(ValueError):  # noqa: N818  (what the filter is)
    """A bulk job has no words for this filter."""


def named(parameters: QueryDict, *, now: datetime) -> dict[str, Any]:
    """The filter of a bulk job that means the rows this list shows. Raises NotNameable."""
    given = {name: str(value) for name, value in parameters.items() if value and name not in _OF_THE_PAGE}
    wanted: dict[str, Any] = {}
    if view := SAVED_VIEWS.get(given.pop(PARAMETER, "")):
        wanted |= view.chosen(now)
    for column, word in _MOMENTS.items():
        for side in _SIDES:
            given.pop(f"{column}{side}", None)
        wanted |= _between(parameters, column, word)
    for name, value in given.items():
        wanted = _merge(wanted, _translate(name, value))
    return wanted


def _merge(wanted: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Both hold: a state beside a saved view leaves what is in both."""
    if "state" in wanted and "state" in more:
        return {**wanted, **more, "state": sorted(set(wanted["state"]) & set(more["state"]))}
    return {**wanted, **more}


def _translate(name: str, value: str) -> dict[str, Any]:
    if name not in _WORDS:
        raise NotNameable(name)
    word, read = _WORDS[name]
    try:
        meant = read(value)
    except (ValueError, Client.DoesNotExist):
        raise NotNameable(name) from None
    return {} if meant is None else {word: meant}


def _code(pk: str) -> str:
    return Client.objects.get(pk=int(pk)).code


_WORDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "state__exact": ("state", lambda value: [value]),
    "client__id__exact": ("client", _code),
    "integration__id__exact": ("integration", int),
    "integration__system__id__exact": ("system", int),
    "client_integration__id__exact": ("client_integration", int),
    "run__id__exact": ("run", int),
    "attempt_from": ("attempt_from", whole_number),
    "message__icontains": ("message", str),
    "item_id": ("item_id", str),
    "q": ("search", lambda value: value.strip() or None),
}


def shown_again(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The list's parameters that show a job's items once it is done: in whatever state they are by then."""
    return {_PARAMETERS[name]: value for name, value in kept.items() if name in _PARAMETERS}


# Not the state and the message, which the job has changed.
_PARAMETERS = {
    "integration": "integration__id__exact",
    "system": "integration__system__id__exact",
    "client_integration": "client_integration__id__exact",
    "run": "run__id__exact",
    "item_id": "item_id",
    "search": "q",
}


def _between(parameters: QueryDict, column: str, word: str) -> dict[str, datetime]:
    """The list's range has both its ends in it; a bulk job's ends before its end."""
    first, last = _moment(parameters, f"{column}_from"), _moment(parameters, f"{column}_to")
    found = {} if first is None else {f"{word}_from": first}
    return found if last is None else {**found, f"{word}_before": last + timedelta(microseconds=1)}


def _moment(parameters: QueryDict, name: str) -> datetime | None:
    try:
        return moment_of(parameters, name)
    except ValueError:
        raise NotNameable(name) from None


def is_nameable(request: HttpRequest) -> bool:
    try:
        named(request.GET, now=timezone.now())
    except NotNameable:
        return False
    return True
