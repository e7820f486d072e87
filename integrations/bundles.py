"""Definitions as one document that can be kept, compared and brought into another hub: without any secret.

A bundle is a mapping of kinds to lists of rows; rows name each other by name. It holds the hub's own rows
only. What is not in it is left alone: nothing is ever deleted by a bundle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.text import capfirst

from integrations import parts, publishing
from integrations.cleaning import clean
from integrations.differences import differences
from integrations.errors import NotAllowed, Refused
from integrations.models import Action, Entity, EntityProperty, Integration, Schedule, System
from integrations.ownership import check_may_change
from integrations.principals import Principal

Row = dict[str, Any]
Bundle = dict[str, list[Row]]

# Kind -> its model, what names a row, and what else is kept of it; what others need comes first.
_PROPERTIES = ("name", "type", "nullable")
_PARTS: dict[str, tuple[type[models.Model], str, tuple[str, ...]]] = {
    "entities": (Entity, "id", ("name", "key_property", "name_property", "updated_on_property")),
    "systems": (System, "name", ("base_url", "authentication", "username", "header", "shareable")),
    "schedules": (Schedule, "name", ("cron", "shareable")),
    "actions": (Action, "name", ("handler", "configuration", "shareable")),
}
_REFERENCES: dict[str, tuple[str, type[models.Model], str]] = {
    # Member -> attribute of the integration, model, what names the row.
    "entity": ("entity_id", Entity, "id"),
    "system": ("system_id", System, "name"),
    "action": ("action_id", Action, "name"),
    "schedule": ("schedule_id", Schedule, "name"),
}
# Members of an integration that need no translation; some of them are keys of rows that every hub has.
_TRANSLATED = {"owner_id", "name", *(attribute for attribute, _, _ in _REFERENCES.values())}
_PLAIN = tuple(name for name in publishing.DEFINITION if name not in _TRANSLATED)
KINDS = (*_PARTS, "integrations")


@dataclass(frozen=True, slots=True)
class Step:
    """What a bundle does to one row. `changes` has a line for each member that differs."""

    kind: str
    name: str
    is_new: bool
    changes: list[str]

    @property
    def noun(self) -> str:
        model = Integration if self.kind == "integrations" else _PARTS[self.kind][0]
        return capfirst(str(model._meta.verbose_name))


def export(integrations: Iterable[Integration]) -> Bundle:
    """The integrations given that are the hub's, with all that they are built from."""
    chosen = [row for row in integrations if row.owner_id is None]
    found: Bundle = {kind: [] for kind in KINDS}
    for kind, member in (
        ("entities", "entity"),
        ("systems", "system"),
        ("schedules", "schedule"),
        ("actions", "action"),
    ):
        rows = {row.pk: row for each in chosen if (row := getattr(each, member)) is not None}
        found[kind] = [_part_row(kind, rows[pk]) for pk in sorted(rows)]
    found["integrations"] = [_integration_row(each) for each in sorted(chosen, key=lambda row: row.name)]
    return found


def try_out(bundle: Bundle, *, by: Principal, now: datetime) -> list[Step]:
    """What `bring_in` would do. Raises what it would raise, and changes nothing either way."""
    with transaction.atomic():
        steps = bring_in(bundle, by=by, now=now)
        transaction.set_rollback(True)
    return steps


def bring_in(bundle: Bundle, *, by: Principal, now: datetime) -> list[Step]:
    """Makes and changes rows until they are as the bundle says; what is as it says already gets no step.

    All or nothing: raises Refused, naming `kind/name`, for the first row that breaks a rule.
    """
    if not by.spans_clients:
        raise NotAllowed("Only staff bring in bundles.")
    steps = []
    with transaction.atomic():
        for kind in KINDS:
            for row in bundle.get(kind, []):
                steps.append(_bring_in_row(kind, row, by=by, now=now))
    return [step for step in steps if step.is_new or step.changes]


def _bring_in_row(kind: str, row: Row, *, by: Principal, now: datetime) -> Step:
    name = str(row.get("id" if kind == "entities" else "name", ""))
    try:
        if kind == "integrations":
            return _bring_in_integration(row, by=by, now=now)
        return _bring_in_part(kind, row, by=by, now=now)
    except Refused as refusal:
        raise Refused(f"{kind}/{name}: {refusal.message}", field=f"{kind}/{name}") from None


def _bring_in_part(kind: str, row: Row, *, by: Principal, now: datetime) -> Step:
    model, key, members = _PARTS[kind]
    present = _find(model, key, row[key])
    before = _part_row(kind, present) if present is not None else {}
    part: Any = present or model(**{key: row[key]})
    wanted = {name: row[name] for name in members if name in row}
    changes = list(differences(before, {**wanted, **_listed(kind, row)}))
    if not present or changes:
        for name, value in wanted.items():
            setattr(part, name, value)
        _save_part(part, row, by=by, now=now)
    return Step(kind, str(row[key]), present is None, changes)


def _save_part(part: Any, row: Row, *, by: Principal, now: datetime) -> None:
    if not isinstance(part, Entity):
        parts.save(part, by=by, now=now)
        return
    clean(part)
    if not part._state.adding:
        part.row_version = models.F("row_version") + 1
    part.save()
    for position, wanted in enumerate(row.get("properties", [])):
        known = {name: wanted[name] for name in _PROPERTIES if name in wanted and name != "name"}
        EntityProperty.objects.update_or_create(
            entity=part, name=wanted["name"], defaults={**known, "position": position}
        )


def _bring_in_integration(row: Row, *, by: Principal, now: datetime) -> Step:
    present = Integration.objects.filter(owner=None, name=row["name"]).first()
    before = _integration_row(present) if present is not None else {}
    changes = list(differences(before, {name: value for name, value in row.items() if name != "name"}))
    integration = present or Integration(name=row["name"])
    check_may_change(integration, by)
    if present is None or changes:
        for name, value in _attributes(row).items():
            setattr(integration, name, value)
        publishing.publish(integration, by=by, now=now)
    return Step("integrations", row["name"], present is None, changes)


def _attributes(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {name: row[_member(name)] for name in _PLAIN if _member(name) in row}
    for member, (attribute, model, key) in _REFERENCES.items():
        if member not in row:
            continue
        named = row[member]
        target = _find(model, key, named) if named is not None else None
        if named is not None and target is None:
            raise Refused(f"There is no {model._meta.verbose_name} {named!r} of the hub's.", field=member)
        found[attribute] = target and target.pk
    return found


def _member(attribute: str) -> str:
    return attribute if attribute == "element_id" else attribute.removesuffix("_id")


def _find(model: type[models.Model], key: str, name: str) -> models.Model | None:
    own = {} if model is Entity else {"owner": None}
    return model._default_manager.filter(**own, **{key: name}).first()


def _part_row(kind: str, part: Any) -> Row:
    _, key, members = _PARTS[kind]
    row = {name: getattr(part, name) for name in (key, *members)}
    if kind == "entities":
        row["properties"] = [
            {name: getattr(each, name) for name in _PROPERTIES} for each in part.properties.all()
        ]
    return row


def _integration_row(integration: Integration) -> Row:
    references = {
        member: getattr(getattr(integration, member), key, None)
        for member, (_, _, key) in _REFERENCES.items()
    }
    plain = {_member(name): getattr(integration, name) for name in _PLAIN}
    return {"name": integration.name, **references, **plain}


def _listed(kind: str, row: Row) -> Row:
    return {"properties": row["properties"]} if kind == "entities" and "properties" in row else {}
