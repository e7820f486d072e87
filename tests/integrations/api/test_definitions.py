"""Integrations over REST: writing a definition publishes it."""

import pytest

from integrations.models import ClientIntegration, Integration
from tests.api import fields, make_program
from tests.cast import draft_integration, make_action, make_integration, make_schedule, make_system

PATH = "/hub/v1/integrations/"


@pytest.fixture
def parts(acme, payment):
    """What an integration of Acme's own is built from."""
    return {
        "entity": payment.pk,
        "direction": "Outbound",
        "system": make_system(acme).pk,
        "action": make_action(acme).pk,
        "schedule": make_schedule(acme).pk,
    }


@pytest.fixture
def own(acme_api, parts):
    """An integration of Acme's own, as the API answers it."""
    return acme_api.post_json(PATH, {"name": "Mine", **parts}).json()


def test_a_client_publishes_an_integration_of_its_own(acme_api, acme, parts):
    response = acme_api.post_json(PATH, {"name": "Mine", **parts, "filter": "x => x.Amount > 100"})
    assert response.status_code == 201
    assert response["ETag"] == '"1"'
    row = response.json()
    assert (row["owner"], row["managed"], row["version"]) == ("acme", False, 1)
    integration = Integration.objects.get(pk=row["id"])
    assert integration.owner == acme
    assert integration.versions.get().definition["filter"] == "x => x.Amount > 100"


def test_a_change_is_a_new_version(acme_api, own):
    changed = acme_api.patch_json(f"{PATH}{own['id']}/", {"batch_size": 5})
    assert changed.status_code == 200
    assert changed["ETag"] == '"2"'
    assert (changed.json()["version"], changed.json()["batch_size"], changed.json()["name"]) == (2, 5, "Mine")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"filter": "x => x.Amont > 100"}, "filter"),
        ({"filter": "x => x.Amount >"}, "filter"),
        ({"continuous": True}, "continuous"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_attempts": 10**30}, "max_attempts"),
        ({"batch_size": "many"}, "batch_size"),
        ({"name": ""}, "name"),
        ({"name": "n" * 129}, "name"),
        ({"system": 0}, "system"),
        ({"system": 10**30}, "system"),
        ({"system": "x"}, "system"),
        ({"system": True}, "system"),
        ({"system": [1]}, "system"),
        ({"system": {"id": 1}}, "system"),
        ({"entity": "Invoice"}, "entity"),
        ({"direction": "Sideways"}, "direction"),
        ({"backoff": ["soon"]}, "backoff"),
        ({"active": None}, "active"),
    ],
)
def test_what_a_definition_cannot_be_is_refused_by_name(acme_api, own, wrong, field):
    response = acme_api.patch_json(f"{PATH}{own['id']}/", wrong)
    assert response.status_code == 400
    assert list(fields(response)) == [field]
    assert Integration.objects.get(pk=own["id"]).version == 1


def test_a_number_with_a_fraction_is_no_row(acme_api, own):
    system = own["system"]
    response = acme_api.patch_json(f"{PATH}{own['id']}/", {"system": system + 0.5})
    assert list(fields(response)) == ["system"]


def test_a_taken_name_is_refused_and_another_owner_s_is_free(acme_api, own, parts, payment, borealis, now):
    make_integration(payment, name="Of the hub", now=now)
    make_integration(payment, borealis, name="Of Borealis", now=now)
    taken = acme_api.post_json(PATH, {"name": "Mine", **parts})
    assert taken.status_code == 400
    for name in ("Of the hub", "Of Borealis"):
        assert acme_api.post_json(PATH, {"name": name, **parts}).status_code == 201


@pytest.mark.parametrize(
    "name", ["managed", "owner", "version", "row_version", "id", "Managed", "client", "created_on"]
)
def test_what_is_not_the_client_s_to_say_is_refused(acme_api, own, name):
    before = acme_api.get(f"{PATH}{own['id']}/").json()
    response = acme_api.patch_json(f"{PATH}{own['id']}/", {name: 1})
    assert response.status_code == 400
    assert list(fields(response)) == [name]
    assert acme_api.get(f"{PATH}{own['id']}/").json() == before


def test_staff_publish_what_is_common_to_all(staff_api, payment):
    parts = {
        "entity": payment.pk,
        "direction": "Outbound",
        "system": make_system().pk,
        "action": make_action().pk,
    }
    body = {"name": "Common", "managed": True, "schedule": make_schedule().pk, **parts}
    row = staff_api.post_json(PATH, body).json()
    assert (row["owner"], row["managed"]) == (None, True)


def test_staff_for_a_client_publish_what_is_the_client_s_own(acme, parts):
    program = make_program(None, **{"x-hub-client": "acme"})
    row = program.post_json(PATH, {"name": "Own", **parts}).json()
    assert (row["owner"], row["managed"]) == ("acme", False)
    managed = program.patch_json(f"{PATH}{row['id']}/", {"managed": True})
    assert managed.status_code == 400


def test_a_client_reads_the_hub_s_and_changes_none_of_it(acme_api, payments_out):
    path = f"{PATH}{payments_out.pk}/"
    assert acme_api.get(path).json()["owner"] is None
    assert acme_api.patch_json(path, {"name": "Mine now"}).status_code == 403
    assert acme_api.delete(path).status_code == 403
    payments_out.refresh_from_db()
    assert payments_out.name == "Payments to the ERP"


def test_a_client_s_own_is_nobody_else_s(borealis_api, own):
    path = f"{PATH}{own['id']}/"
    assert borealis_api.get(PATH).json()["results"] == []
    assert borealis_api.get(path).status_code == 404
    assert borealis_api.patch_json(path, {"name": "Mine now"}).status_code == 404
    assert borealis_api.delete(path).status_code == 404


@pytest.mark.parametrize("part", ["system", "action", "schedule"])
def test_parts_of_another_client_do_not_exist(acme_api, own, borealis, part):
    theirs = {"system": make_system, "action": make_action, "schedule": make_schedule}[part](borealis)
    foreign = acme_api.patch_json(f"{PATH}{own['id']}/", {part: theirs.pk})
    missing = acme_api.patch_json(f"{PATH}{own['id']}/", {part: 999_999})
    assert foreign.status_code == missing.status_code == 400
    assert foreign.content.decode() == missing.content.decode().replace("999999", str(theirs.pk))


@pytest.mark.parametrize("part", ["system", "action"])
def test_parts_of_the_hub_that_are_not_shared_cannot_be_used(acme_api, own, part):
    of_the_hub = {"system": make_system, "action": make_action}[part]()
    response = acme_api.patch_json(f"{PATH}{own['id']}/", {part: of_the_hub.pk})
    assert response.status_code == 400
    assert list(fields(response)) == [part]


def test_an_integration_is_deleted_until_a_client_has_used_it(acme_api, own):
    path = f"{PATH}{own['id']}/"
    taken_up = acme_api.post_json("/hub/v1/client-integrations/", {"integration": own["id"]}).json()
    assert acme_api.delete(path).status_code == 409
    assert acme_api.patch_json(path, {"active": False}).json()["active"] is False
    ClientIntegration.objects.get(pk=taken_up["id"]).delete()
    assert acme_api.delete(path).status_code == 204
    assert acme_api.get(path).status_code == 404


def test_a_list_is_narrowed(acme_api, own, payments_out):
    def names(query):
        return [row["name"] for row in acme_api.get(f"{PATH}?{query}").json()["results"]]

    assert names("") == ["Payments to the ERP", "Mine"] or names("") == ["Mine", "Payments to the ERP"]
    assert names("managed=true") == ["Payments to the ERP"]
    assert names("managed=false") == ["Mine"]
    assert names("owner=acme") == ["Mine"]
    assert names("name=Mine&active=true&entity=Payment&direction=Outbound") == ["Mine"]
    assert names("direction=Inbound") == []


def test_a_definition_that_is_not_for_all_is_hidden(acme_api, payment, now):
    hidden = draft_integration(payment, managed=False, name="Hidden")
    from integrations import publishing

    publishing.publish(hidden, by=None, now=now)
    assert acme_api.get(f"{PATH}{hidden.pk}/").status_code == 404
