"""Programs that call the API over HTTP, one for each of the cast. Import the fixtures where they are used."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client as HttpClient
from django.utils import timezone

from integrations import credentials
from integrations.models import Client
from integrations.principals import Scope
from tests.cast import CLIENT_SCOPES

# The web server's middleware warns about static files that have not been collected.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)

STAFF_SCOPES = frozenset(Scope.values)


class Program(HttpClient):
    """Speaks JSON, and answers with the response."""

    def post_json(self, path: str, body: Any = None, **extra: Any) -> Any:
        return self.post(path, body if body is not None else {}, content_type="application/json", **extra)

    def patch_json(self, path: str, body: Any, **extra: Any) -> Any:
        return self.patch(path, body, content_type="application/json", **extra)


def make_program(client: Client | None, scopes: Iterable[str] | None = None, **headers: str) -> Program:
    """With a bearer token of the client's, or of staff's."""
    granted = scopes or (CLIENT_SCOPES if client else STAFF_SCOPES)
    issued = credentials.issue("bearer", now=timezone.now(), client=client, scopes=granted)
    return Program(headers={"authorization": f"Bearer {issued.token}", **headers})


@pytest.fixture(autouse=True)
def _nobody_has_failed_to_sign_in() -> None:
    cache.clear()


@pytest.fixture
def acme_api(acme: Client) -> Program:
    return make_program(acme)


@pytest.fixture
def borealis_api(borealis: Client) -> Program:
    return make_program(borealis)


@pytest.fixture
def staff_api(db: None) -> Program:
    return make_program(None)


def fields(response: Any) -> dict[str, str]:
    """The errors of a problem by field, once its shape is what it has to be."""
    problem = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    return {error["field"]: error["message"] for error in problem.get("errors", [])}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
