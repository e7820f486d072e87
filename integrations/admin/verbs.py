"""Pages whose rows are changed by verbs: as actions on a selection, and as buttons on the page of one row."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from integrations import auditing
from integrations.admin.bases import RowPageAdmin, place_to_return, staff_principal
from integrations.errors import Refused
from integrations.principals import Principal


class Call(Protocol):
    """Changes one row, or raises Refused and changes nothing."""

    def __call__(self, row: Any, /, *, by: Principal, now: datetime) -> object: ...


@dataclass(frozen=True, slots=True)
class Verb:
    """`done` completes "3 items …"; a button is shown on rows that it `fits`, and asks `warning` first.

    `hint` says what it does, where its title does not. `is_audited`: the call writes itself down.
    """

    title: str
    done: str
    call: Call
    fits: Callable[[Any], bool]
    warning: str = ""
    hint: str = ""
    is_audited: bool = False


class Button(NamedTuple):
    """Posts to the address, once its `warning` is answered with yes."""

    title: str
    address: str
    warning: str = ""
    hint: str = ""


@dataclass(slots=True)
class Report:
    """Which rows have changed, and why the others have not: reason -> number of rows."""

    changed: list[Any] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def apply_to_all(rows: Iterable[Any], verb: Verb, *, by: Principal, now: datetime) -> Report:
    """What can be done is done, the rest is reported."""
    report = Report()
    for row in rows:
        try:
            verb.call(row, by=by, now=now)
        except Refused as refusal:
            report.skipped[refusal.message] += 1
        else:
            report.changed.append(row)
    return report


class VerbsAdmin(RowPageAdmin):
    """`verbs` by name. Who may change rows of the model may use them, even where the form is read-only."""

    verbs: Mapping[str, Verb] = {}
    change_form_template = "admin/verbs_change_form.html"

    def has_operate_permission(self, request: HttpRequest) -> bool:
        meta = self.model._meta
        return request.user.has_perm(f"{meta.app_label}.change_{meta.model_name}")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if IS_POPUP_VAR in request.GET or not self.has_operate_permission(request):
            return actions
        return actions | {name: (_action(name), name, verb.title) for name, verb in self.verbs.items()}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.handle_view)
        return [
            path("<path:object_id>/now/<str:name>/", view, name=self._handle_url_name()),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def handle_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """A button on the page of a row: the verb for this one, then back to where the button was."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if name not in self.verbs or row is None:
            raise Http404
        self.handle(request, [row], name=name)
        if back := place_to_return(request):
            return redirect(back)
        pages = f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}"
        is_gone = row.pk is None
        return redirect(f"{pages}_changelist") if is_gone else redirect(f"{pages}_change", object_id)

    def handle(self, request: HttpRequest, rows: Iterable[Any], *, name: str) -> None:
        verb = self.verbs[name]
        by, now = staff_principal(request), timezone.now()
        report = apply_to_all(rows, verb, by=by, now=now)
        if report.changed:
            self.message_user(request, f"{self._rows(len(report.changed))} {verb.done}.", messages.SUCCESS)
            if not verb.is_audited:
                auditing.note_all(name, report.changed, by=by, now=now)
        for reason, number in report.skipped.most_common():
            self.message_user(request, f"{self._rows(number)} skipped: {reason}", messages.WARNING)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {"verbs": self._buttons(request, row)}

    def _buttons(self, request: HttpRequest, row: Model) -> list[Button]:
        """What can be done with the row now."""
        if not self.has_operate_permission(request):
            return []
        return [
            button_of(verb, reverse(f"admin:{self._handle_url_name()}", args=[row.pk, name]))
            for name, verb in self.verbs.items()
            if verb.fits(row)
        ]

    def _handle_url_name(self) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}_handle"

    def _rows(self, number: int) -> str:
        meta = self.model._meta
        return f"{number} {meta.verbose_name if number == 1 else meta.verbose_name_plural}"


def button_of(verb: Verb, address: str) -> Button:
    return Button(verb.title, address, verb.warning, verb.hint)


def _action(name: str) -> Callable[[VerbsAdmin, HttpRequest, QuerySet[Any]], None]:
    def handle_selected(admin: VerbsAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
        admin.handle(request, rows, name=name)

    return handle_selected
