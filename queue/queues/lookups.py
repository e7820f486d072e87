"""The states as rows, for surfaces that list them. Filled after each migration."""

from django.apps import apps as installed_apps
from django.apps.registry import Apps

from integrations.lookups import fill_vocabulary
from queues.states import State


def fill(apps: Apps = installed_apps, **_: object) -> None:
    """Idempotent. `apps` is the state just migrated to, in which the model may not exist."""
    try:
        model = apps.get_model("queue", "IntegrationQueueState")
    except LookupError:
        return
    fill_vocabulary(model, State)
