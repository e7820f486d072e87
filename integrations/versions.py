"""The history of a definition: what changed between two versions, and going back to one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import ForeignKey, Model

from integrations.differences import spelled
from integrations.models import Integration, IntegrationVersion
from integrations.principals import Principal
from integrations.publishing import publish

# A definition keeps its owner, whatever version it goes back to.
_KEPT = {"owner_id"}
_REFERENCES: dict[str, type[Model]] = {
    field.attname: field.related_model
    for field in Integration._meta.concrete_fields
    if isinstance(field, ForeignKey)
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that two versions say differently. `text` is for people; rows go by their names in it."""

    field: str
    before: Any
    after: Any
    text: str


class Names:
    """What the rows are called that definitions hold by their keys: those of all these versions, asked for
    in as many questions as there are kinds of rows."""

    def __init__(self, versions: Iterable[IntegrationVersion]) -> None:
        definitions = [version.definition for version in versions]
        self._rows = {
            attribute: model._default_manager.in_bulk({each.get(attribute) for each in definitions} - {None})
            for attribute, model in _REFERENCES.items()
        }

    def of(self, attribute: str, key: Any) -> str:
        row = self._rows[attribute].get(key)
        return (
            str(row)
            if row is not None
            else f"{_REFERENCES[attribute]._meta.verbose_name} {key}, deleted since"
        )


def diff(before: IntegrationVersion, after: IntegrationVersion, names: Names | None = None) -> list[Change]:
    """`names` for who compares many versions; without them those of these two are looked up."""
    return list(_changes(before.definition, after.definition, names or Names([before, after])))


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


def _changes(before: dict[str, Any], after: dict[str, Any], names: Names) -> Iterator[Change]:
    for attribute in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(attribute), after.get(attribute)
        if old != new and not (_is_nothing(old) and _is_nothing(new)):
            field = Integration._meta.get_field(attribute)
            label = str(field.verbose_name).capitalize()  # type: ignore[union-attr]
            text = f"{label}: {_spell(attribute, old, names)} → {_spell(attribute, new, names)}"
            yield Change(field.name, old, new, text)


def _is_nothing(value: Any) -> bool:
    """An empty text and none at all are the same to people."""
    return value is None or value == ""


def _spell(attribute: str, value: Any, names: Names) -> str:
    is_named = attribute in _REFERENCES and value is not None
    return names.of(attribute, value) if is_named else spelled(value)
