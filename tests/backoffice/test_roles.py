"""Each role at each page and each act: what it may, and what it may not."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client as HttpClient
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from queues.models import IntegrationQueue
from queues.roles import ROLES, install_roles
from tests.backoffice.crowd import gather
from tests.backoffice.people import BACKEND, address, first_row, page_of

REGISTERED = sorted(model._meta.label_lower for model in admin.site._registry)
OWN = [label for label in REGISTERED if label.split(".")[0] in ("integrations", "queue", "channels")]
CONFIDENTIAL = {"integrations.auditentry", "integrations.credential", "integrations.keptanswer"}
AUDITED = {
    "auth.group",
    "auth.user",
    "integrations.auditentry",
    "integrations.client",
    "integrations.clientintegration",
    "integrations.consent",
    "integrations.credential",
    "integrations.integration",
    "integrations.integrationversion",
    "integrations.membership",
    "queue.bulkjob",
}
OPEN_TO = {
    "Hub admin": {*OWN, "auth.user", "auth.group"},
    "Operator": {*OWN} - CONFIDENTIAL,
    "Support": {*OWN} - CONFIDENTIAL,
    "Auditor": AUDITED,
}
QUEUE = "/admin/queue/integrationqueue/"
# Posted where it is not refused, each of them answers with a redirect or a page.
ACTS = {
    "retry": lambda: address(
        "queue.integrationqueue", "handle", first_row("queue.integrationqueue").pk, "retry"
    ),
    "retry all": lambda: f"{QUEUE}everything/retry/",
    "try a system again": lambda: address("queue.breaker", "handle", first_row("queue.breaker").pk, "close"),
    "pause": lambda: address(
        "integrations.clientintegration", "handle", first_row("integrations.clientintegration").pk, "pause"
    ),
    "stop the engine": lambda: "/admin/integrations/engineswitch/hub/stop/",
    "publish": lambda: page_of(first_row("integrations.integration")),
    "revert": lambda: address(
        "integrations.integration", "revert", first_row("integrations.integration").pk, 1
    ),
    "bring in": lambda: "/admin/integrations/integration/bundle/",
    "issue a key": lambda: address("integrations.credential", "add"),
    "revoke a key": lambda: address(
        "integrations.credential", "handle", first_row("integrations.credential").pk, "revoke"
    ),
    "add a client": lambda: address("integrations.client", "add"),
    "test a system": lambda: address("integrations.system", "reach", 999),
    "add a person": lambda: address("auth.user", "add"),
}
MAY = {
    "Hub admin": set(ACTS),
    "Operator": {"retry", "retry all", "try a system again", "pause", "stop the engine"},
    "Support": set(),
    "Auditor": set(),
}


@pytest.fixture
def sign_in(db, now):
    gather(range(1), now=now)
    install_roles()

    def sign_in(role):
        user = User.objects.create_user(f"a {role}", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = HttpClient()
        client.force_login(user, backend=BACKEND)
        return client

    return sign_in


def answer(user, path):
    """The status with which the page begins to answer; whether it can be drawn is tested elsewhere."""
    request = RequestFactory().get(path)
    request.user, request.resolver_match = user, resolve(path)
    try:
        return request.resolver_match.func(request).status_code
    except PermissionDenied:
        return 403


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_the_pages_of_its_work_and_no_others(sign_in, role):
    client = sign_in(role)
    user = User.objects.get(username=f"a {role}")
    seen = {label for label in REGISTERED if answer(user, address(label)) == 200}
    assert seen == OPEN_TO[role]
    links = {item["link"].partition("?")[0] for group in _navigation(client) for item in group["items"]}
    assert links <= {"/admin/", *(address(label) for label in seen)}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_what_its_work_needs_and_nothing_else(sign_in, role):
    client = sign_in(role)
    done = {name for name, path in ACTS.items() if client.post(path()).status_code != 403}
    assert done == MAY[role]


@pytest.mark.parametrize("role", ROLES)
def test_the_pages_of_a_role_ask_as_many_questions_of_many_rows_as_of_one(sign_in, role, now):
    client = sign_in(role)
    labels = ("integrations.client", "integrations.integration", "queue.integrationqueue")
    pages = ["/admin/", *(page_of(first_row(label)) for label in labels if label in OPEN_TO[role])]

    def questions():
        numbers = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            numbers.append(len(queries))
        return numbers

    questions()
    alone = questions()
    gather(range(1, 4), now=now)
    assert questions() == alone


def test_support_has_no_buttons(sign_in):
    client = sign_in("Support")
    for label in ("queue.integrationqueue", "integrations.clientintegration", "integrations.client"):
        text = client.get(page_of(first_row(label))).content.decode()
        main = text.partition('id="content"')[2]
        assert '<form method="post" action=' not in main
    assert client.post(QUEUE, {"action": "retry", "_selected_action": ["1"]}).status_code in (200, 302, 403)
    assert set(IntegrationQueue.objects.values_list("state", flat=True)) == {"DeadLetter"}


def _navigation(client):
    return client.get("/admin/").context["sidebar_navigation"]
