"""Trying a definition before it is saved: on live rows, and nothing is written."""

import pytest

from integrations import publishing
from integrations.models import Action, ClientIntegration, Integration, IntegrationVersion
from queues.models import IntegrationQueue
from tests.backoffice.people import address, messages_of, page_of
from tests.backoffice.test_definitions import fields_of
from tests.cast import payment_row, store_payments


@pytest.fixture
def attempt(superuser, acme_payments, payment, now):
    """Tries the export, changed like this, on Acme; what the answer is made of, and its text."""
    store_payments(acme_payments.client, payment, 3, now=now)

    def attempt(trial, *, item="", client=acme_payments.client_id, **changes):
        draft = Integration.objects.get()
        fields = fields_of(draft, **changes) | {"try_client": client, "try_item": item}
        answer = superuser.post(address("integrations.integration", "try", draft.pk, trial), fields)
        assert answer.status_code == 200
        assert IntegrationVersion.objects.count() == 1
        assert not IntegrationQueue.objects.exists()
        return answer.context, answer.content.decode()

    return attempt


def item_id(now):
    return payment_row(1, updated_on=now)["Id"]


def test_a_dry_run_tells_which_rows_the_filter_takes_as_it_stands_in_the_browser(attempt):
    context, text = attempt("dry_run", filter="x => x.Amount > 50")
    assert (context["dry_run"].count, context["dry_run"].complete) == (3, True)
    assert "P-1" in text
    assert attempt("dry_run", filter="x => x.Amount > 500")[0]["dry_run"].count == 0


def test_a_filter_that_is_none_is_marked_at_its_place_while_one_types(attempt):
    context, text = attempt("check", filter="x => x.Amout > 1")
    assert context["check"]["place"]
    assert "<pre" in text
    assert "^" in text
    assert "well formed" in attempt("check", filter="x => x.Amount > 1")[1]


def test_a_published_filter_that_holds_no_more_is_marked_when_the_page_opens(superuser, acme_payments):
    page = page_of(acme_payments.integration)
    assert "does not hold any more" not in superuser.get(page).content.decode()
    Integration.objects.update(filter="x => x.Nope > 1")
    text = superuser.get(page).content.decode()
    assert "does not hold any more" in text
    assert "Payment has no property Nope" in text
    assert "hub-caret" in text


def test_a_trial_of_what_is_no_definition_says_what_is_wrong(attempt):
    assert "Max attempts:" in attempt("dry_run", max_attempts="0")[1]
    assert "At character 6" in attempt("dry_run", filter="x => ")[1]
    assert "Choose a client" in attempt("dry_run", client="")[1]


def test_it_tells_why_an_item_is_not_queued(attempt, now):
    context, text = attempt("why", item=item_id(now), filter="x => x.Amount > 500")
    assert not context["why"].matches
    assert "It does not meet x.Amount &gt; 500" in text
    assert "Name the item" in attempt("why")[1]


def test_it_shows_what_would_be_sent_for_a_real_row_without_secrets(attempt, now):
    _, text = attempt("payload", item=item_id(now))
    assert "POST https://erp.example.com" in text
    assert "P-1" in text
    assert "Authorization" not in text
    assert "P-3" in attempt("payload")[1]
    assert "has no such record" in attempt("payload", item="nowhere")[1]


def test_it_tells_what_publishing_would_do_for_whom(attempt):
    context, text = attempt("effect", filter="x => x.Amount > 50")
    (acme,) = context["effect"].clients
    assert (acme.runs, acme.due) == (True, 3)
    assert "version 2" in text


def test_hostile_rows_are_shown_as_text(attempt, acme, payment, now):
    store_payments(acme, payment, 1, now=now, Number="<img src=x onerror=alert(1)>")
    for trial in ("dry_run", "payload"):
        assert "<img" not in attempt(trial, item=item_id(now))[1]


def test_trying_reads_records_so_it_needs_the_permission(operator, acme_payments):
    editor = operator("integrations.view_integration")
    integration = acme_payments.integration
    assert editor.get(page_of(integration)).context["trials"] is None
    assert (
        editor.post(address("integrations.integration", "try", integration.pk, "dry_run")).status_code == 403
    )


def test_who_may_only_look_tries_what_is_saved(operator, acme_payments, payment, now):
    store_payments(acme_payments.client, payment, 2, now=now)
    viewer = operator("integrations.view_integration", "integrations.view_record")
    asked = {"filter": "x => x.Amount > 500", "try_client": acme_payments.client_id}
    path = address("integrations.integration", "try", acme_payments.integration_id, "dry_run")
    assert viewer.post(path, asked).context["dry_run"].count == 2
    page = viewer.get(page_of(acme_payments.integration)).content.decode()
    assert "Dry run" in page
    assert "Effect of publishing" not in page


def test_a_new_definition_is_tried_before_it_exists(superuser, acme_payments, payment, now):
    store_payments(acme_payments.client, payment, 2, now=now)
    fields = fields_of(acme_payments.integration, name="Another", try_client=acme_payments.client_id)
    answer = superuser.post("/admin/integrations/integration/try/dry_run/", fields)
    assert answer.context["dry_run"].count == 2
    assert Integration.objects.count() == 1


def test_an_unknown_trial_is_not_found(superuser, acme_payments):
    row = acme_payments.integration
    assert superuser.post(address("integrations.integration", "try", row.pk, "guess")).status_code == 404
    assert superuser.post(address("integrations.integration", "try", 999, "check")).status_code == 404
    assert superuser.get(address("integrations.integration", "try", row.pk, "check")).status_code == 405


@pytest.fixture
def second_version(acme_payments, now):
    integration = Integration.objects.get()
    integration.batch_size = 5
    publishing.publish(integration, by=None, now=now)
    return integration


def test_the_page_tells_who_uses_it_and_what_each_version_changed(superuser, second_version, acme_payments):
    page = superuser.get(page_of(second_version))
    assert [(use.client, trouble) for use, trouble in page.context["uses"]["rows"]] == [
        (acme_payments.client, "")
    ]
    newest, first = page.context["past"]
    assert [change.text for change in newest["changes"]] == ["Batch size: 20 → 5"]
    assert (newest["revert"], first["is_first"]) == ("", True)
    ClientIntegration.objects.update(runnable=False)
    assert "it goes on within a minute." in superuser.get(page_of(second_version)).content.decode()


def test_an_old_version_is_published_again_with_one_button(superuser, operator, second_version):
    (revert,) = [
        each["revert"] for each in superuser.get(page_of(second_version)).context["past"] if each["revert"]
    ]
    page = superuser.post(revert, follow=True)
    assert messages_of(page) == ["Version 1 has been published again, as version 3."]
    second_version.refresh_from_db()
    assert (second_version.batch_size, second_version.version) == (20, 3)
    editor = operator("integrations.view_integration", "integrations.change_integration")
    assert editor.post(revert).status_code == 403
    assert superuser.post(revert.replace("/1/", "/9/")).status_code == 404


def test_a_payload_mapping_is_tried_on_the_item_that_failed(superuser, acme_payments, payment, now):
    store_payments(acme_payments.client, payment, 2, now=now)
    item = IntegrationQueue.objects.create(
        client_integration=acme_payments,
        client=acme_payments.client,
        integration=acme_payments.integration,
        item_id=item_id(now),
        item_name="P-1",
        item_updated_on=now,
        created_on=now,
        updated_on=now,
    )
    action = Action.objects.get()
    page = superuser.get(page_of(action), {"try": item.pk})
    assert page.context["preset"] == item
    draft = {
        "name": "Send",
        "handler": "http.send",
        "owner": "",
        "configuration": '{"path": "/p", "body": "{sum: Amount}"}',
        "try_use": acme_payments.pk,
        "try_item": item.item_id,
    }
    shown = superuser.post(page.context["try_address"], draft).content.decode()
    assert "POST https://erp.example.com/api/p" in shown
    assert "{&quot;sum&quot;:100}" in "".join(shown.split())
    broken = superuser.post(page.context["try_address"], {**draft, "configuration": '{"path": "p"}'})
    assert "The path starts with /" in broken.content.decode()
    action.refresh_from_db()
    assert action.configuration["path"] == "/payments"
