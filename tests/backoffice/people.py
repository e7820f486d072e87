"""People at the back office."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client as HttpClient
from django.urls import reverse

from integrations.principals import Principal

# The web server's middleware warns about static files that have not been collected.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)

BACKEND = "django.contrib.auth.backends.ModelBackend"


def address(label: str, view: str = "changelist", *args: object) -> str:
    """Of a page of a model: `address("queue.actionlog", "change", 1)`."""
    return reverse(f"admin:{label.replace('.', '_')}_{view}", args=args)


def page_of(row: Model) -> str:
    return address(row._meta.label_lower, "change", row.pk)


def first_row(label: str) -> Any:
    return apps.get_model(label)._default_manager.order_by("pk").first()


@pytest.fixture
def superuser(client: HttpClient, as_staff: Principal) -> HttpClient:
    client.force_login(as_staff.user, backend=BACKEND)  # type: ignore[arg-type]
    return client


@pytest.fixture
def operator(db: None) -> Callable[..., HttpClient]:
    """Signs a member of staff in who has just the permissions named."""

    def sign_in(*permissions: str) -> HttpClient:
        user = User.objects.create_user("operator", is_staff=True)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        client = HttpClient()
        client.force_login(user, backend=BACKEND)
        return client

    return sign_in


def messages_of(response: Any) -> list[str]:
    """What the page that a redirect leads to says on top."""
    return [str(message) for message in response.context["messages"]]
