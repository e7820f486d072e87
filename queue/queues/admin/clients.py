"""The page of a client: its integrations in one matrix, its engine, its keys, what it uses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from integrations import holdups
from integrations.admin.activations import ACTIVATION_VERBS
from integrations.admin.bases import RowPageAdmin
from integrations.admin.clients import ClientAdmin
from integrations.admin.connecting import connect_button
from integrations.admin.credentials import state_of
from integrations.admin.engines import engine_context
from integrations.admin.verbs import Button, button_of
from integrations.models import Client, ClientIntegration, Credential
from integrations.schedules import InvalidScheduleError
from integrations.upcoming import in_words, next_five
from queues.models import OutcomeHour, StateSnapshot

SHOWN = 100
_FIRST = ("enable", "agree", "agree_again", "pause", "resume")
_MORE = ("renew", "withdraw", "reset", "disable")


@dataclass(frozen=True, slots=True)
class Line:
    """An integration of the client's. `coming` are its next runs, with how each is written."""

    activation: ClientIntegration
    trouble: str
    snapshot: StateSnapshot | None
    coming: list[tuple[datetime, str]]
    verbs: list[Button]
    more: list[Button]

    @property
    def state(self) -> str:
        row = self.activation
        if not row.enabled:
            return "off"
        if row.paused:
            return "paused"
        return "on" if row.runnable else "held up"


@dataclass(frozen=True, slots=True)
class Usage:
    """Attempts of a while: how many there were, and how many delivered."""

    title: str
    attempts: int
    delivered: int


admin.site.unregister(Client)


@admin.register(Client)
class ClientMatrixAdmin(RowPageAdmin, ClientAdmin):
    change_form_template = "admin/client.html"

    def page_context(self, request: HttpRequest, row: Client) -> dict[str, Any]:
        now = timezone.now()
        return {
            "now": now,
            "back": request.path,
            **engine_context(request, row),
            **_uses(request, row, now),
            **_keys(request, row, now),
        }


def _uses(request: HttpRequest, client: Client, now: datetime) -> dict[str, Any]:
    if not request.user.has_perm("integrations.view_clientintegration"):
        return {}
    may = request.user.has_perm("integrations.change_clientintegration")
    return {"matrix": list(_matrix(client, now, may_change=may)), "usage": list(_usage(client, now))}


def _keys(request: HttpRequest, client: Client, now: datetime) -> dict[str, Any]:
    if not request.user.has_perm("integrations.view_credential"):
        return {}
    keys = Credential.objects.for_client(client).select_related("user").order_by("-id")[:SHOWN]
    return {"keys": [(key, state_of(key, now)) for key in keys]}


def _matrix(client: Client, now: datetime, *, may_change: bool) -> Iterator[Line]:
    rows = holdups.with_reasons(client.activations.all(), now)
    shown = rows.select_related("integration__schedule", "schedule", "snapshot")
    for row in shown.order_by("integration__name")[:SHOWN]:
        yield Line(
            activation=row,
            trouble=holdups.trouble_of(row, now),
            snapshot=getattr(row, "snapshot", None),
            coming=_coming(row, now),
            verbs=[*connect_button(row), *_verbs(row, _FIRST)] if may_change else [],
            more=list(_verbs(row, _MORE)) if may_change else [],
        )


def _coming(row: ClientIntegration, now: datetime) -> list[tuple[datetime, str]]:
    """Nothing for what does not run."""
    try:
        return list(in_words(next_five(row, now=now))) if row.runnable else []
    except InvalidScheduleError:
        return []


def _verbs(row: ClientIntegration, names: Iterable[str]) -> Iterator[Button]:
    for name in names:
        verb = ACTIVATION_VERBS[name]
        if verb.fits(row):
            yield button_of(verb, reverse("admin:integrations_clientintegration_handle", args=[row.pk, name]))


def _usage(client: Client, now: datetime) -> Iterator[Usage]:
    """By the hourly figures: as far back as they are kept."""
    spans = {"24 hours": timedelta(hours=24), "7 days": timedelta(days=7), "30 days": timedelta(days=30)}
    hours = OutcomeHour.objects.filter(
        client_integration__client=client, hour__gt=now - max(spans.values())
    ).order_by()
    sums = {
        f"{name}_{number}": Sum(name, default=0, filter=Q(hour__gt=now - span))
        for number, span in enumerate(spans.values())
        for name in ("done", "retried", "dead")
    }
    totals = hours.aggregate(**sums)
    for number, title in enumerate(spans):
        done, retried, dead = (totals[f"{name}_{number}"] for name in ("done", "retried", "dead"))
        yield Usage(title, done + retried + dead, done)
