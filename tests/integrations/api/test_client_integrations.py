"""A client's use of an integration over REST."""

import pytest

from integrations.models import ClientIntegration, ConsentType
from tests.api import fields, make_program
from tests.cast import make_integration, make_schedule

PATH = "/hub/v1/client-integrations/"


@pytest.fixture
def taken_up(acme_api, payments_out):
    """Acme's use of the export, switched off."""
    return acme_api.post_json(PATH, {"integration": payments_out.pk}).json()


def do(api, row, verb, **body):
    return api.post_json(f"{PATH}{row['id']}/{verb}/", body)


def test_an_integration_is_taken_up_switched_off(acme_api, acme, payments_out):
    response = acme_api.post_json(PATH, {"integration": payments_out.pk})
    assert response.status_code == 201
    row = response.json()
    assert (row["client"], row["integration"], row["enabled"], row["runnable"]) == (
        "acme",
        payments_out.pk,
        False,
        False,
    )
    assert row["effective_schedule"] == payments_out.schedule_id
    assert row["integration_version"] == 1


def test_taking_it_up_again_answers_what_is_there(acme_api, payments_out, taken_up):
    do(acme_api, taken_up, "enable")
    again = acme_api.post_json(PATH, {"integration": payments_out.pk}).json()
    assert (again["id"], again["enabled"]) == (taken_up["id"], True)
    assert ClientIntegration.objects.count() == 1


def test_it_is_switched_on_paused_resumed_and_switched_off(acme_api, taken_up):
    def conditions(response):
        assert response.status_code == 200
        row = response.json()
        return row["enabled"], row["paused"], row["runnable"]

    enabled = do(acme_api, taken_up, "enable")
    assert conditions(enabled) == (True, False, True)
    assert enabled.json()["next_run_at"] is not None
    assert conditions(do(acme_api, taken_up, "pause")) == (True, True, False)
    assert conditions(do(acme_api, taken_up, "resume")) == (True, False, True)
    assert conditions(do(acme_api, taken_up, "disable")) == (False, False, False)
    assert do(acme_api, taken_up, "pause").status_code == 409


def test_every_change_raises_the_version(acme_api, taken_up):
    enabled = do(acme_api, taken_up, "enable")
    tag = enabled["ETag"]
    stale = acme_api.post_json(f"{PATH}{taken_up['id']}/disable/", headers={"if-match": '"1"'})
    assert stale.status_code == 412
    fresh = acme_api.post_json(f"{PATH}{taken_up['id']}/disable/", headers={"if-match": tag})
    assert fresh.status_code == 200
    assert fresh["ETag"] != tag


def test_where_consent_is_needed_it_has_to_be_given(acme_api, payment, now):
    asking = make_integration(payment, now=now, consent_type_id=ConsentType.Id.CONFIRM)
    row = acme_api.post_json(PATH, {"integration": asking.pk}).json()
    refused = do(acme_api, row, "enable")
    assert refused.status_code == 400
    assert list(fields(refused)) == ["consent"]
    agreed = do(acme_api, row, "enable", consent=True).json()
    assert (agreed["enabled"], agreed["consent_state"]) == (True, "Granted")


def test_a_client_chooses_another_schedule_where_it_may(acme_api, acme, payment, now):
    own = make_schedule(acme, name="Nightly", cron="0 2 * * *")
    for allowed, status in ((True, 200), (False, 403)):
        integration = make_integration(payment, name=f"{allowed}", now=now, allow_schedule_update=allowed)
        row = acme_api.post_json(PATH, {"integration": integration.pk}).json()
        response = acme_api.patch_json(f"{PATH}{row['id']}/", {"schedule": own.pk})
        assert response.status_code == status
    fixed, free = ClientIntegration.objects.order_by("integration__name")
    assert (fixed.schedule, free.schedule) == (None, own)
    back = acme_api.patch_json(f"{PATH}{free.pk}/", {"schedule": None}).json()
    assert (back["schedule"], back["effective_schedule"]) == (None, free.integration.schedule_id)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"enabled": True}, "enabled"),
        ({"runnable": True}, "runnable"),
        ({"row_version": 9}, "row_version"),
        ({"scanned_to": "2026-01-01T00:00:00Z"}, "scanned_to"),
        ({"client": "borealis"}, "client"),
    ],
)
def test_only_the_schedule_can_be_written(acme_api, taken_up, body, field):
    response = acme_api.patch_json(f"{PATH}{taken_up['id']}/", body)
    assert response.status_code == 400
    assert field in fields(response)


def test_a_schedule_of_another_client_does_not_exist(acme_api, taken_up, borealis):
    theirs = make_schedule(borealis)
    response = acme_api.patch_json(f"{PATH}{taken_up['id']}/", {"schedule": theirs.pk})
    assert list(fields(response)) == ["schedule"]


def test_an_integration_that_a_client_cannot_see_cannot_be_taken_up(acme_api, payment, borealis, now):
    theirs = make_integration(payment, borealis, now=now)
    hidden = make_integration(payment, name="Hidden", managed=False, now=now)
    for integration in (theirs, hidden):
        response = acme_api.post_json(PATH, {"integration": integration.pk})
        assert response.status_code == 400
        assert list(fields(response)) == ["integration"]
    assert not ClientIntegration.objects.exists()


def test_staff_take_up_for_a_client_what_it_does_not_see_yet(acme, payment, now):
    hidden = make_integration(payment, name="Hidden", managed=False, now=now)
    program = make_program(None, **{"x-hub-client": "acme"})
    row = program.post_json(PATH, {"integration": hidden.pk})
    assert row.status_code == 201
    assert row.json()["client"] == "acme"
    assert make_program(acme).get(f"/hub/v1/integrations/{hidden.pk}/").status_code == 200


def test_staff_cannot_take_up_for_one_client_what_is_another_s(acme, borealis, payment, now):
    theirs = make_integration(payment, borealis, now=now)
    program = make_program(None, **{"x-hub-client": "acme"})
    assert program.post_json(PATH, {"integration": theirs.pk}).status_code == 403


def test_staff_have_to_name_the_client(staff_api, payments_out):
    response = staff_api.post_json(PATH, {"integration": payments_out.pk})
    assert response.status_code == 400
    assert list(fields(response)) == ["X-Hub-Client"]


def test_staff_switch_on_for_any_client(staff_api, taken_up):
    assert do(staff_api, taken_up, "enable").json()["runnable"] is True


@pytest.mark.parametrize("verb", ["enable", "disable", "pause", "resume"])
def test_a_verb_takes_only_what_it_reads(acme_api, taken_up, verb):
    response = do(acme_api, taken_up, verb, force=True)
    assert response.status_code == 400
    assert list(fields(response)) == ["force"]
    assert acme_api.get(f"{PATH}{taken_up['id']}/{verb}/").status_code == 405


def test_a_verb_needs_no_body(acme_api, taken_up):
    assert acme_api.generic("POST", f"{PATH}{taken_up['id']}/enable/").status_code == 200


def test_a_list_is_narrowed(acme_api, taken_up, payments_out):
    def ids(query):
        return [row["id"] for row in acme_api.get(f"{PATH}?{query}").json()["results"]]

    do(acme_api, taken_up, "enable")
    assert ids(f"integration={payments_out.pk}&enabled=true&runnable=true&client=acme") == [taken_up["id"]]
    assert ids("enabled=false") == []
    assert ids("integration=0") == []


def test_no_answer_holds_the_client_s_sign_in(acme_api, taken_up):
    row = ClientIntegration.objects.get(pk=taken_up["id"])
    row.username, row.secret = "acme-at-erp", "hunter2"
    row.save()
    text = acme_api.get(f"{PATH}{row.pk}/").content.decode() + acme_api.get(PATH).content.decode()
    assert "hunter2" not in text
    assert "acme-at-erp" not in text
