"""The history of a definition: what changed between two versions, and going back to one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import ForeignKey, Model

from integrations.models import Integration, IntegrationVersion
from integrations.principals import Principal
from integrations.publishing import publish

# A definition keeps its owner, whatever version it goes back to.
_KEPT = {"owner_id"}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that two versions say differently. `text` is for people; rows go by their names in it."""

    field: str
    before: Any
    after: Any
    text: str


def diff(before: IntegrationVersion, after: IntegrationVersion) -> list[Change]:
    return list(_changes(before.definition, after.definition))


def restored(version: IntegrationVersion) -> Integration:
    """The integration as this version had it: a draft, to be looked at or published."""
    draft = Integration.objects.get(pk=version.integration_id)
    for attribute, value in version.definition.items():
        if attribute not in _KEPT:
            setattr(draft, attribute, value)
    return draft


def revert(version: IntegrationVersion, *, by: Principal, now: datetime) -> IntegrationVersion:
    """Publishes what this version said, as a new version. Raises whatever `publish` raises."""
    return publish(restored(version), by=by, now=now)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for attribute in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(attribute), after.get(attribute)
        if old != new:
            field = Integration._meta.get_field(attribute)
            label = str(field.verbose_name).capitalize()  # type: ignore[union-attr]
            text = f"{label}: {_spell(field, old)} → {_spell(field, new)}"
            yield Change(field.name, old, new, text)


def _spell(field: Any, value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _name(field.related_model, value) if isinstance(field, ForeignKey) else str(value)


def _name(model: type[Model], key: Any) -> str:
    row = model._default_manager.filter(pk=key).first()
    return str(row) if row is not None else f"{model._meta.verbose_name} {key}, deleted since"
