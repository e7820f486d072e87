"""Systems, actions and schedules over REST: what definitions are built from."""

import pytest

from integrations.models import Action, ClientIntegration, Schedule, System
from tests.api import fields, make_program
from tests.cast import make_action, make_schedule, make_system

MODELS = {"systems": System, "actions": Action, "schedules": Schedule}
MAKERS = {"systems": make_system, "actions": make_action, "schedules": make_schedule}
BODIES = {
    "systems": {"name": "ERP", "base_url": "https://erp.example.com/api", "max_in_flight": 50},
    "actions": {"name": "Send", "handler": "http.send", "configuration": {"path": "/payments"}},
    "schedules": {"name": "Nightly", "cron": "0 2 * * *"},
}
KINDS = pytest.mark.parametrize("kind", BODIES)


@KINDS
def test_a_client_makes_changes_and_deletes_its_own(acme_api, acme, kind):
    path = f"/hub/v1/{kind}/"
    made = acme_api.post_json(path, BODIES[kind])
    assert made.status_code == 201
    row = made.json()
    assert row["owner"] == "acme"
    assert {name: row[name] for name in BODIES[kind]} == BODIES[kind]
    changed = acme_api.patch_json(f"{path}{row['id']}/", {"name": "Other"})
    assert (changed.json()["name"], changed.json()["row_version"]) == ("Other", 2)
    assert acme_api.delete(f"{path}{row['id']}/").status_code == 204
    assert not MODELS[kind].objects.filter(owner=acme).exists()


@KINDS
def test_the_hub_s_are_read_by_all_and_written_by_staff(acme_api, staff_api, kind):
    part = MAKERS[kind]()
    path = f"/hub/v1/{kind}/{part.pk}/"
    assert acme_api.get(path).json()["owner"] is None
    assert acme_api.patch_json(path, {"name": "Mine"}).status_code == 403
    assert acme_api.delete(path).status_code == 403
    assert staff_api.patch_json(path, {"name": "Ours"}).status_code == 200
    assert make_program(None, **{"x-hub-client": "nobody"}).patch_json(path, {"name": "X"}).status_code == 404
    assert staff_api.delete(path).status_code == 204


@KINDS
def test_staff_make_the_hub_s_or_the_client_s_they_act_for(staff_api, acme, kind):
    path = f"/hub/v1/{kind}/"
    body = {**BODIES[kind], "name": "New"}
    assert staff_api.post_json(path, body).json()["owner"] is None
    assert staff_api.post_json(path, body, headers={"x-hub-client": "acme"}).json()["owner"] == "acme"


@KINDS
def test_a_client_s_own_are_nobody_else_s(borealis_api, acme, kind):
    part = MAKERS[kind](acme)
    path = f"/hub/v1/{kind}/{part.pk}/"
    assert borealis_api.get(path).status_code == 404
    assert borealis_api.patch_json(path, {"name": "Mine"}).status_code == 404
    assert borealis_api.delete(path).status_code == 404
    assert borealis_api.get(f"/hub/v1/{kind}/?owner=acme").json()["results"] == []
    part.refresh_from_db()
    assert part.name != "Mine"


@KINDS
def test_the_owner_cannot_be_written(acme_api, acme, borealis, kind):
    part = MAKERS[kind](acme)
    for name in ("owner", "owner_id", "id", "row_version", "created_on"):
        response = acme_api.patch_json(f"/hub/v1/{kind}/{part.pk}/", {name: borealis.pk})
        assert list(fields(response)) == [name]
    part.refresh_from_db()
    assert (part.owner, part.row_version) == (acme, 1)


@KINDS
def test_what_is_in_use_stays(acme_api, acme_payments, staff_api, kind):
    part = getattr(acme_payments.integration, kind.removesuffix("s"))
    response = staff_api.delete(f"/hub/v1/{kind}/{part.pk}/")
    assert response.status_code == 409
    assert response.json()["detail"] == "It is in use by integrations."


@KINDS
def test_a_name_is_taken_among_the_owner_s_only(acme_api, acme, borealis, kind):
    MAKERS[kind](borealis, name="Theirs")
    MAKERS[kind](acme, name="Mine")
    MAKERS[kind](name="Common")
    path = f"/hub/v1/{kind}/"
    assert acme_api.post_json(path, {**BODIES[kind], "name": "Theirs"}).status_code == 201
    assert acme_api.post_json(path, {**BODIES[kind], "name": "Common"}).status_code == 201
    assert acme_api.post_json(path, {**BODIES[kind], "name": "Mine"}).status_code == 400


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        ("systems", {"base_url": "ftp://erp.example.com"}, "base_url"),
        ("systems", {"base_url": "https://user:hunter2@erp.example.com"}, "base_url"),
        ("systems", {"authentication": "magic"}, "authentication"),
        ("systems", {"name": None}, "name"),
        ("systems", {"max_in_flight": 0}, "max_in_flight"),
        ("systems", {"max_in_flight": "many"}, "max_in_flight"),
        ("actions", {"handler": "os.system"}, "handler"),
        ("actions", {"configuration": {"path": "/a", "method": "PEEK"}}, "configuration"),
        ("schedules", {"cron": "61 * * * *"}, "cron"),
        ("schedules", {"cron": "@reboot"}, "cron"),
        ("schedules", {"cron": "0 0 30 2 *"}, "cron"),
    ],
)
def test_what_a_part_cannot_be_is_refused_by_name(acme_api, kind, wrong, field):
    response = acme_api.post_json(f"/hub/v1/{kind}/", {**BODIES[kind], **wrong})
    assert response.status_code == 400
    assert list(fields(response)) == [field]
    assert "hunter2" not in response.content.decode()


def test_a_secret_goes_in_and_never_comes_out(acme_api, acme):
    body = {**BODIES["systems"], "authentication": "basic", "username": "acme", "secret": " hunter2 "}
    made = acme_api.post_json("/hub/v1/systems/", body)
    system = System.objects.get(owner=acme)
    assert system.secret == " hunter2 "
    path = f"/hub/v1/systems/{system.pk}/"
    answers = [
        made,
        acme_api.get(path),
        acme_api.get("/hub/v1/systems/"),
        acme_api.patch_json(path, {"name": "X"}),
    ]
    assert not any("hunter2" in answer.content.decode() for answer in answers)
    system.refresh_from_db()
    assert system.secret == " hunter2 "
    acme_api.patch_json(path, {"secret": ""})
    system.refresh_from_db()
    assert system.secret == ""


def test_the_hub_s_user_name_at_a_system_is_staff_s_to_know(acme_api, staff_api):
    system = make_system(authentication="basic", username="the-hub")
    path = f"/hub/v1/systems/{system.pk}/"
    assert acme_api.get(path).json()["username"] is None
    assert staff_api.get(path).json()["username"] == "the-hub"


def test_a_changed_schedule_moves_the_next_run_of_those_who_follow_it(staff_api, acme_payments):
    ClientIntegration.objects.update(next_run_at="2099-01-01T00:00:00Z")
    schedule = acme_payments.integration.schedule
    assert staff_api.patch_json(f"/hub/v1/schedules/{schedule.pk}/", {"cron": "* * * * *"}).status_code == 200
    acme_payments.refresh_from_db()
    assert acme_payments.next_run_at.year < 2099
