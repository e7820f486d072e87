"""The closed vocabularies as rows, and what every hub starts with. Filled after each migration."""

from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.db.models import TextChoices

from integrations.models import AccountState, ConsentType, Direction

FIRST_SCHEDULE = {"name": "Every 5 minutes", "cron": "*/5 * * * *"}


def fill(apps: Apps = installed_apps, **_: object) -> None:
    """Idempotent. `apps` is the state just migrated to, in which a model may not exist."""
    vocabularies: dict[str, type[TextChoices]] = {
        "AccountState": AccountState.Id,
        "ConsentType": ConsentType.Id,
        "Direction": Direction.Id,
    }
    for name, choices in vocabularies.items():
        if model := _model(apps, name):
            fill_vocabulary(model, choices)
    if schedule := _model(apps, "Schedule"):
        _make_first_schedule(schedule)


def fill_vocabulary(model: Any, choices: type[TextChoices]) -> None:
    model.objects.bulk_create(
        [model(id=value, name=label) for value, label in choices.choices],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name"],
    )


def _make_first_schedule(schedule: Any) -> None:
    if not schedule.objects.filter(owner=None).exists():
        schedule.objects.create(**FIRST_SCHEDULE)


def _model(apps: Apps, name: str) -> Any:
    try:
        return apps.get_model("integrations", name)
    except LookupError:
        return None
