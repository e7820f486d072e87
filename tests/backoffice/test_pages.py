import gzip
import re
from datetime import UTC, datetime
from typing import get_origin, get_type_hints

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten, flatten_fieldsets
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client as HttpClient
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from unfold.admin import ModelAdmin

from integrations.admin import bases
from integrations.models import Client, Integration
from queues.models import IntegrationQueue
from tests.backoffice.crowd import gather
from tests.backoffice.people import address, first_row, page_of

pytestmark = pytest.mark.broad

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HEAVIEST = 100_000
OWN_APPS = ("integrations", "queue", "channels")
LEDGER = (
    "queue.integrationqueue",
    "queue.actionlog",
    "queue.actionattempt",
    "queue.enginebeat",
    "queue.outcomehour",
    "queue.retentionmark",
    "queue.statesnapshot",
    "integrations.integrationrun",
    "integrations.integrationversion",
    "integrations.record",
    "integrations.consent",
    "integrations.auditentry",
)
WITH_CHILDREN = ("queue.integrationqueue", "queue.actionlog", "integrations.client", "integrations.entity")
REGISTERED = sorted(model._meta.label_lower for model in admin.site._registry)


def queries_of(client, pages):
    """The number of queries behind each page, none of which weighs much. What Django looks up only once is
    looked up before."""
    ContentType.objects.get_for_models(*apps.get_models())
    numbers = {}
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(page)
        assert answer.status_code == 200, page
        assert len(gzip.compress(answer.content)) < HEAVIEST, page
        numbers[page] = len(queries)
    return numbers


def test_every_model_has_a_page_or_a_place_on_one():
    inlines = {inline.model for page in admin.site._registry.values() for inline in page.inlines}
    own = {model for app in OWN_APPS for model in apps.get_app_config(app).get_models()}
    models = {model for model in own if not model.__name__.startswith("Historical")}
    assert {model.__name__ for model in models - inlines - set(admin.site._registry)} == set()


def test_a_value_with_its_colour_stands_in_lists_alone():
    """The theme shows such a pair as it is on the page of a row."""
    pairs = []
    for page in admin.site._registry.values():
        shown = page.fields or flatten_fieldsets(page.fieldsets or [])
        methods = [getattr(type(page), name, None) for name in flatten(shown) if isinstance(name, str)]
        pairs += [each for each in methods if hasattr(each, "label") and returns_a_pair(each)]
    assert pairs == []


def returns_a_pair(method):
    return get_origin(get_type_hints(method)["return"]) is tuple


def test_every_page_looks_like_the_others():
    assert [page for page in admin.site._registry.values() if not isinstance(page, ModelAdmin)] == []


def test_a_list_asks_as_many_questions_of_thirty_rows_as_of_one(superuser):
    lists = [address(label) for label in REGISTERED]
    gather(range(1), now=NOW)
    alone = queries_of(superuser, lists)
    gather(range(1, 30), now=NOW)
    assert queries_of(superuser, lists) == alone


def test_a_page_asks_as_many_questions_with_thirty_children_as_with_one(superuser):
    gather(range(1), now=NOW)
    pages = [page_of(first_row(label)) for label in WITH_CHILDREN]
    alone = queries_of(superuser, pages)
    gather(range(1, 30), now=NOW)
    assert queries_of(superuser, pages) == alone


def test_nobody_adds_changes_or_deletes_in_the_ledger(superuser):
    gather(range(1), now=NOW)
    for label in LEDGER:
        row = first_row(label)
        assert superuser.get(address(label, "add")).status_code == 403
        assert superuser.post(page_of(row)).status_code == 403
        assert superuser.post(address(label, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert first_row(label) == row


def test_every_page_is_closed_to_staff_without_its_permission(operator):
    gather(range(1), now=NOW)
    client = operator()
    for label in REGISTERED:
        assert client.get(address(label)).status_code == 403
        assert client.get(page_of(first_row(label))).status_code == 403


def test_who_may_look_at_everything_still_changes_nothing(operator):
    gather(range(1), now=NOW)
    labels = [label for label in REGISTERED if not label.startswith("axes.")]
    client = operator(*(label.replace(".", ".view_") for label in labels))
    for label in labels:
        assert client.get(address(label)).status_code == 200
        assert client.post(page_of(first_row(label))).status_code == 403
        assert client.post(address(label, "delete", first_row(label).pk), {"post": "yes"}).status_code == 403


def test_a_row_that_others_hang_on_is_not_deleted(superuser, acme_payments):
    for row in (acme_payments.integration, acme_payments.integration.entity, acme_payments.client):
        assert (
            superuser.post(address(row._meta.label_lower, "delete", row.pk), {"post": "yes"}).status_code
            == 403
        )
    assert Integration.objects.count() == Client.objects.count() == 1


def test_a_row_that_nothing_hangs_on_can_be_deleted(superuser, acme):
    superuser.post(address("integrations.client", "delete", acme.pk), {"post": "yes"})
    assert not Client.objects.exists()


def test_nothing_is_deleted_in_bulk(superuser, as_staff):
    request = RequestFactory().get("/")
    request.user = as_staff.user
    assert [
        page for page in admin.site._registry.values() if "delete_selected" in page.get_actions(request)
    ] == []


def test_the_task_runner_has_no_pages():
    assert [label for label in REGISTERED if label.startswith("django_q.")] == []


def test_signs_of_a_break_in_are_for_superusers(operator):
    gather(range(1), now=NOW)
    client = operator("axes.view_accessattempt", "axes.delete_accessattempt")
    assert client.get(address("axes.accessattempt")).status_code == 403


def test_a_superuser_ends_a_lock_out(superuser):
    gather(range(1), now=NOW)
    attempt = first_row("axes.accessattempt")
    superuser.post(address("axes.accessattempt", "delete", attempt.pk), {"post": "yes"})
    assert first_row("axes.accessattempt") is None


def test_a_huge_list_is_counted_no_further_than_needed(superuser, monkeypatch):
    monkeypatch.setattr(bases, "COUNTED", 3)
    gather(range(5), now=NOW)
    page = superuser.get(address("queue.integrationqueue"))
    assert page.context["cl"].result_count == 3
    assert "3 and more" in page.content.decode()
    assert IntegrationQueue.objects.count() == 5


def test_a_page_that_is_not_there_or_not_allowed_says_so_in_the_hubs_own_words(superuser, operator):
    for answer, status, said in [
        (superuser.get("/admin/nowhere/"), 404, "Not found"),
        (superuser.get("/nowhere"), 404, "Not found"),
        (operator().get(address("integrations.client")), 403, "Not allowed"),
    ]:
        text = answer.content.decode()
        assert (answer.status_code, f"<h1>{said}</h1>" in text, 'href="/admin/"' in text) == (
            status,
            True,
            True,
        )


def test_who_is_locked_out_or_signs_out_reads_the_hubs_own_words(superuser):
    wrong = {"username": "nobody", "password": "wrong"}
    answers = [HttpClient().post(reverse("admin:login"), wrong) for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert (answers[-1].status_code, "<h1>Too many attempts</h1>" in answers[-1].content.decode()) == (
        429,
        True,
    )
    assert "<h1>Signed out</h1>" in superuser.post(reverse("admin:logout")).content.decode()


def test_a_name_stands_in_the_title_as_it_was_given(superuser, acme):
    Client.objects.update(name="<b>acme</b> of old")
    page = superuser.get(page_of(acme)).content.decode()
    assert "<bdi>&lt;b&gt;acme&lt;/b&gt; of old</bdi>" in page
    listed = superuser.get(address("integrations.client")).content.decode()
    assert "<title> Clients | integrationhub" in " ".join(listed.split())
    assert "<bdi>Add client</bdi>" in superuser.get(address("integrations.client", "add")).content.decode()


def test_a_history_without_changes_leads_to_the_audit_log(superuser, acme_payments):
    system = acme_payments.integration.system
    page = superuser.get(address("integrations.system", "history", system.pk)).content.decode()
    assert "Nobody has changed this here." in page
    assert address("integrations.auditentry") in page
    past = superuser.get(address("integrations.client", "history", acme_payments.client_id)).content.decode()
    assert "Created" in past


def test_an_empty_list_tells_whether_there_is_none_or_none_that_matches(superuser):
    place = address("integrations.system")
    empty = superuser.get(place).content.decode()
    assert "There are none yet." in empty
    assert "Where items are sent to, or pulled from" in empty
    assert 'href="add/"' in empty
    assert "Nothing matches." in superuser.get(place, {"q": "nowhere"}).content.decode()


def test_a_row_leads_back_to_its_list_as_it_was_filtered(superuser, acme):
    listed = superuser.get(address("integrations.client"), {"q": "acme"}).content.decode()
    assert f'href="{page_of(acme)}?_changelist_filters=q%3Dacme"' in listed
    assert f'href="{page_of(acme)}"' in superuser.get(address("integrations.client")).content.decode()


def test_the_list_of_users_names_their_roles(superuser, as_staff):
    group = Group.objects.create(name="Auditor")
    User.objects.create_user("eve", is_staff=True).groups.add(group)
    User.objects.create_user("bob")
    page = superuser.get(address("auth.user"), {"o": "1"})
    rows = re.findall(r"field-roles[^>]*>\s*([^<]+?)\s*<", page.content.decode())
    assert sorted(rows) == ["Auditor", "No staff", "Superuser"]


def test_the_side_bar_calls_pages_by_their_names(superuser):
    groups = superuser.get("/admin/").context["sidebar_navigation"]
    titles = {item["title"] for group in groups for item in group["items"]}
    assert {"Client integrations", "External integrations", "Action logs"} <= titles
    listed = superuser.get(address("axes.accesslog")).content.decode()
    assert "Sign-ins" in listed


def test_every_list_that_may_be_empty_says_what_would_stand_there():
    always_full = {"accountstate", "consenttype", "direction", "integrationqueuestate"}
    always_full |= {"enginebeat", "user", "group", "accesslog"}
    pages = {model._meta.model_name: page for model, page in admin.site._registry.items()}
    assert {name for name, page in pages.items() if not page.none_yet} == always_full


def test_the_command_palette_finds_definitions_but_searches_no_ledger(superuser):
    gather(range(1), now=NOW)
    with CaptureQueriesContext(connection) as queries:
        found = superuser.get(reverse("admin:search"), {"s": "Client 0", "extended": "1"}).content.decode()
    assert page_of(first_row("integrations.client")) in found
    assert "queue_integrationqueue" not in " ".join(
        query["sql"] for query in queries if "SELECT" in query["sql"]
    )
