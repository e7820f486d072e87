"""What definitions are built from: clients, systems, actions, schedules, entities."""

import pytest

from integrations.models import Action, Client, Entity, Membership, Schedule, System
from tests.backoffice.people import address, page_of
from tests.cast import make_action, make_schedule, make_system


def errors_of(page):
    return {name: list(errors) for name, errors in page.context["adminform"].form.errors.items()}


def system_fields(**changes):
    return {
        "name": "ERP",
        "owner": "",
        "base_url": "https://erp.example.com",
        "authentication": "bearer",
        "username": "",
        "header": "",
        "new_secret": "",
        **changes,
    }


def test_the_secret_of_a_system_goes_in_and_never_comes_out(superuser):
    superuser.post(address("integrations.system", "add"), system_fields(new_secret=" hunter2 "))
    system = System.objects.get()
    assert system.secret == " hunter2 "
    assert "hunter2" not in superuser.get(page_of(system)).content.decode()


def test_an_empty_secret_keeps_the_stored_one(superuser):
    system = make_system(secret="hunter2")
    superuser.post(page_of(system), system_fields(name="Renamed"))
    system.refresh_from_db()
    assert (system.name, system.secret) == ("Renamed", "hunter2")
    superuser.post(page_of(system), system_fields(new_secret="other"))
    system.refresh_from_db()
    assert system.secret == "other"


def test_a_change_makes_older_etags_stale(superuser):
    system = make_system()
    superuser.post(page_of(system), system_fields(name="Renamed"))
    system.refresh_from_db()
    assert system.row_version == 2


@pytest.mark.parametrize(
    "url", ["erp.example.com", "ftp://erp.example.com", "https://user:pass@erp.example.com", "https://"]
)
def test_a_system_needs_an_address_the_hub_could_send_to(superuser, url):
    page = superuser.post(address("integrations.system", "add"), system_fields(base_url=url))
    assert "base_url" in errors_of(page)
    assert not System.objects.exists()


def test_an_invalid_cron_expression_is_refused_with_the_reason(superuser):
    fields = {"name": "Broken", "cron": "61 * * * *", "owner": ""}
    page = superuser.post(address("integrations.schedule", "add"), fields)
    (reason,) = errors_of(page)["cron"]
    assert reason.startswith("'61 * * * *' is not a schedule")
    assert not Schedule.objects.filter(name="Broken").exists()


def test_a_changed_schedule_reaches_those_that_follow_it(superuser, acme_payments, now):
    schedule = acme_payments.integration.schedule
    type(acme_payments).objects.update(next_run_at="2999-01-01T00:30Z")
    superuser.post(
        page_of(schedule), {"name": "Hourly", "cron": "17 * * * *", "owner": "", "shareable": "on"}
    )
    acme_payments.refresh_from_db()
    assert acme_payments.next_run_at.minute == 17


def action_fields(**changes):
    return {"name": "Send", "handler": "http.send", "configuration": '{"path": "/p"}', "owner": "", **changes}


def test_an_action_is_saved_with_its_configuration(superuser):
    superuser.post(address("integrations.action", "add"), action_fields())
    assert Action.objects.get().configuration == {"path": "/p"}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("handler", {"handler": "os.system"}),
        ("configuration", {"configuration": '{"path": "/p", "method": "BREW"}'}),
        ("configuration", {"configuration": '{"path": '}),
        ("configuration", {"configuration": "[]"}),
        ("configuration", {"configuration": ""}),
    ],
)
def test_an_action_that_cannot_work_is_refused_at_the_field_at_fault(superuser, field, changes):
    page = superuser.post(address("integrations.action", "add"), action_fields(**changes))
    assert list(errors_of(page)) == [field]
    assert not Action.objects.exists()


def test_a_configuration_is_shown_as_people_write_it(superuser):
    action = make_action(configuration={"path": "/ä"})
    form = superuser.get(page_of(action)).context["adminform"].form
    assert form["configuration"].value() == '{\n  "path": "/ä"\n}'


def entity_fields(*properties, **changes):
    rows = [("Id", "String"), ("On", "DateTime"), *properties]
    formset = {"properties-TOTAL_FORMS": len(rows), "properties-INITIAL_FORMS": 0}
    for number, (name, kind) in enumerate(rows):
        prefix = f"properties-{number}"
        formset |= {f"{prefix}-name": name, f"{prefix}-type": kind, f"{prefix}-position": number}
    roles = {"key_property": "Id", "name_property": "Id", "updated_on_property": "On"}
    return {"id": "Invoice", "name": "Invoice", **roles, **formset, **changes}


def test_an_entity_is_saved_with_its_typed_properties(superuser):
    superuser.post(address("integrations.entity", "add"), entity_fields(("Amount", "Decimal")))
    properties = Entity.objects.get().properties.values_list("name", "type", "nullable")
    assert list(properties) == [
        ("Id", "String", False),
        ("On", "DateTime", False),
        ("Amount", "Decimal", False),
    ]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name_property": "Number"}, "Add the property Number, which is named as name property."),
        ({"updated_on_property": "Id"}, "Id says when a row was updated: its type must be DateTime."),
    ],
)
def test_an_entity_builds_on_properties_that_it_has(superuser, changes, refusal):
    page = superuser.post(address("integrations.entity", "add"), entity_fields(**changes))
    assert page.context["inline_admin_formsets"][0].non_form_errors() == [refusal]
    assert not Entity.objects.exists()


def test_an_entity_keeps_its_id(superuser, payment):
    page = superuser.get(page_of(payment))
    assert "id" not in page.context["adminform"].form.fields


def client_fields(**changes):
    formset = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    return {
        "name": "Acme",
        "code": "acme",
        "time_zone": "Europe/Helsinki",
        "active": "on",
        **formset,
        **changes,
    }


def test_a_client_s_time_zone_has_to_exist(superuser):
    page = superuser.post(address("integrations.client", "add"), client_fields(time_zone="Mars/Base"))
    assert "time_zone" in errors_of(page)
    assert not Client.objects.exists()


def test_a_client_that_is_switched_off_runs_nothing(superuser, acme_payments):
    superuser.post(page_of(acme_payments.client), client_fields(active=""))
    acme_payments.refresh_from_db()
    assert not acme_payments.runnable


def test_people_join_a_client(superuser, acme, as_staff):
    joins = {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-user": as_staff.user.pk,
        "memberships-0-client": acme.pk,
    }
    superuser.post(page_of(acme), client_fields(**joins))
    assert Membership.objects.get().user == as_staff.user


def test_changes_of_a_client_are_kept_with_their_author(superuser, acme, as_staff):
    superuser.post(page_of(acme), client_fields(name="Renamed"))
    latest = acme.history.latest()
    assert (latest.name, latest.history_user) == ("Renamed", as_staff.user)
    assert "Renamed" in superuser.get(address("integrations.client", "history", acme.pk)).content.decode()


def oldest_version(client):
    version = client.history.earliest()
    return address("integrations.client", "simple_history", client.pk, version.history_id)


def test_an_old_version_of_a_client_is_brought_back_as_a_new_one(superuser, acme):
    superuser.post(page_of(acme), client_fields(name="Renamed"))
    superuser.post(oldest_version(acme), client_fields())
    acme.refresh_from_db()
    assert (acme.name, acme.row_version) == ("Acme", 3)


def test_who_may_only_look_at_a_client_brings_nothing_back(operator, acme):
    viewer = operator("integrations.view_client")
    assert viewer.get(oldest_version(acme)).status_code == 200
    assert viewer.post(oldest_version(acme), client_fields(name="Renamed")).status_code == 403
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_a_schedule_of_the_hub_s_is_shown_without_an_owner(superuser):
    make_schedule(name="Nightly")
    assert "Nightly" in superuser.get(address("integrations.schedule")).content.decode()
