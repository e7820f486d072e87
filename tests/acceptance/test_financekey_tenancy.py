"""One client looks for what is another's, by OData: every set, every hop, every operation, every part."""

import json
import re

import pytest

from integrations.models import (
    Account,
    Action,
    ClientIntegration,
    ClientIntegrationAccount,
    Consent,
    Integration,
    IntegrationRun,
    Record,
    Schedule,
    System,
)
from queues.api.odata.service import SERVICE
from queues.models import ActionAttempt, ActionLog, IntegrationQueue
from tests.acceptance.financekey import DEFAULT, faults, patch, post, read
from tests.api import make_program, staff_api
from tests.tenants import MARK, make_estate
from tests.test_two_tenants import everything

__all__ = ["staff_api"]

OWNED = {
    "Integrations": Integration,
    "IntegrationQueues": IntegrationQueue,
    "ClientIntegrations": ClientIntegration,
    "Accounts": Account,
    "ClientIntegrationAccounts": ClientIntegrationAccount,
    "Consents": Consent,
    "Systems": System,
    "Schedules": Schedule,
    "Actions": Action,
    "ActionLogs": ActionLog,
    "ActionAttempts": ActionAttempt,
    "IntegrationRuns": IntegrationRun,
    "Records": Record,
}
COMMON = {
    *("Directions", "ConsentTypes", "AccountStates", "IntegrationQueueStates"),
    *("Entities", "EntityProperties", "Elements"),
}
NOBODY_S = 987_654_321


@pytest.fixture
def estates(acme, borealis, payment, now):
    """Acme's, all of it marked, and Borealis's."""
    return (
        make_estate(acme, payment, now, mark=MARK),
        make_estate(borealis, payment, now, mark="boreal"),
    )


@pytest.fixture
def borealis_looks(estates):
    return make_program(estates[1].client)


def told(response, key):
    """All that tells two answers apart but the key that was asked for."""
    headers = {name: value for name, value in response.headers.items() if name != "Date"}
    return response.status_code, re.sub(rf"\b{key}\b", "KEY", response.content.decode()), headers


def requests_of(entity_set):
    """Every method and path below a row of the set, with a body where one is needed."""
    kind = SERVICE.named(entity_set).type
    yield "GET", "", None
    yield "HEAD", "", None
    for method in ("PATCH", "PUT", "DELETE"):
        yield method, "", {}
    yield "GET", f"/{kind.properties[1].name}", None
    yield "PUT", f"/{kind.properties[1].name}", {"value": "x"}
    for navigation in kind.navigations:
        yield "GET", f"/{navigation.name}", None
        if navigation.many:
            yield "GET", f"/{navigation.name}/$count", None
            yield "POST", f"/{navigation.name}", {}
    for operation in SERVICE.operations:
        if operation.bound_to == entity_set:
            yield "POST", f"/{operation.name}", {}


def test_every_set_is_a_client_s_or_common_to_all():
    assert {each.name for each in SERVICE.sets} == set(OWNED) | COMMON


@pytest.mark.parametrize("first", range(3))
def test_a_foreign_row_is_a_missing_one(first, estates, borealis_looks):
    before = everything()
    for entity_set in list(OWNED)[first::3]:
        look(entity_set, estates[0].key(OWNED[entity_set]), borealis_looks)
    assert everything() == before


def look(entity_set, theirs, borealis_looks):
    for method, rest, body in requests_of(entity_set):
        answers = [
            told(
                borealis_looks.generic(
                    method, f"/OData/{entity_set}({key}){rest}", json.dumps(body), content_type=DEFAULT
                ),
                key,
            )
            for key in (theirs, NOBODY_S)
        ]
        assert answers[0] == answers[1], (entity_set, method, rest)
        assert answers[0][0] in (404, 405), (entity_set, method, rest, answers[0])


def test_no_list_and_no_hop_shows_what_is_another_s(estates, borealis_looks, payments_out):
    payments_out.activations.create(client=estates[0].client, problem=MARK)
    for each in SERVICE.sets:
        hops = ",".join(navigation.name for navigation in each.type.navigations)
        expanded = f"{each.name}?$count=true" + (f"&$expand={hops}" if hops else "")
        found = read(borealis_looks, expanded)
        assert MARK not in json.dumps(found), each.name
        if each.name in OWNED:
            mine = [row for row in found["value"] if row.get("ClientCode") or row.get("OwnerCode")]
            assert mine, each.name
            assert found["@odata.count"] == len(found["value"])
    shared = f"Integrations({payments_out.pk})"
    assert read(borealis_looks, f"{shared}/ClientIntegrations")["value"] == []
    assert borealis_looks.get(f"/OData/{shared}/ClientIntegrations/$count").content == b"0"


@pytest.mark.parametrize(
    "condition",
    [
        "ClientIntegrations/any(c:c/ClientCode eq 'acme')",
        "ClientIntegrations/any(c:c/Problem ne '')",
        "ClientIntegrations/$count gt 0",
        "IntegrationQueues/any()",
        "IntegrationQueues/any(q:startswith(q/ItemName,'zanzibar'))",
        "System/Integrations/any(i:i/OwnerCode eq 'acme')",
    ],
)
def test_a_filter_sees_through_the_caller_s_eyes(condition, estates, borealis_looks, payments_out):
    """Of a row that both see, what hangs on it at the other client is not there."""
    used = payments_out.activations.create(client=estates[0].client, problem=MARK)
    IntegrationQueue.objects.filter(client=estates[0].client).update(
        client_integration=used, integration=payments_out
    )
    path = f"Integrations?$filter=Id eq {payments_out.pk} and {condition}"
    assert read(borealis_looks, path)["value"] == []
    negated = f"Integrations?$filter=Id eq {payments_out.pk} and not ({condition})"
    assert len(read(borealis_looks, negated)["value"]) == 1


def test_a_foreign_row_in_a_body_is_a_missing_one(estates, borealis_looks):
    theirs, ours = estates
    before = everything()
    for address, name, model in (
        (f"Integrations({ours.key(Integration)})", "SystemId", System),
        (f"Integrations({ours.key(Integration)})", "ScheduleId", Schedule),
        (f"Integrations({ours.key(Integration)})", "ActionId", Action),
        (f"ClientIntegrations({ours.key(ClientIntegration)})", "ScheduleId", Schedule),
        (f"IntegrationQueues({ours.key(IntegrationQueue)})", "ActionLogId", ActionLog),
        (f"IntegrationQueues({ours.key(IntegrationQueue)})", "ClientIntegrationId", ClientIntegration),
        (f"IntegrationQueues({ours.key(IntegrationQueue)})", "IntegrationId", Integration),
        (f"ClientIntegrationAccounts({ours.key(ClientIntegrationAccount)})", "AccountId", Account),
        (f"ClientIntegrationAccounts({ours.key(ClientIntegrationAccount)})", "ConsentId", Consent),
    ):
        keys = (theirs.key(model), NOBODY_S)
        plain = [told(patch(borealis_looks, address, {name: key}), key) for key in keys]
        assert plain[0] == plain[1], (address, name)
        target = next(entity_set for entity_set, each in OWNED.items() if each is model)
        hop = f"{name.removesuffix('Id')}@odata.bind"
        bound = [told(patch(borealis_looks, address, {hop: f"{target}({key})"}), key) for key in keys]
        assert bound[0] == bound[1], (address, hop)
        assert (plain[0][0], bound[0][0]) == (400, 400), (address, name)
    assert everything() == before


def test_a_batch_is_no_way_round(estates, borealis_looks):
    theirs, _ = estates
    before = everything()
    answers = []
    for key in (theirs.key(System), NOBODY_S):
        parts = [
            {"id": "part a", "method": "get", "url": f"Systems({key})"},
            {"id": "part b", "method": "patch", "url": f"/OData/Systems({key})", "body": {"Name": "x"}},
            {"id": "part c", "method": "delete", "url": f"http://testserver/OData/Systems({key})"},
            {"id": "part d", "method": "get", "url": f"/acme/OData/Systems({key})"},
            {"id": "part e", "method": "get", "url": f"http://elsewhere.example/OData/Systems({key})"},
        ]
        answers.append(told(post(borealis_looks, "$batch", {"requests": parts}), key))
    assert answers[0] == answers[1]
    statuses = [each["status"] for each in json.loads(answers[0][1])["responses"]]
    assert statuses == [404, 404, 404, 400, 400]
    assert everything() == before


def test_an_etag_of_a_foreign_row_proves_nothing(estates, borealis_looks):
    theirs, _ = estates
    for headers in ({"if_match": 'W/"1"'}, {"if_none_match": "*"}, {"if_match": "*"}):
        answers = [
            told(patch(borealis_looks, f"Systems({key})", {"Name": "x"}, **headers), key)
            for key in (theirs.key(System), NOBODY_S)
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_names_are_taken_among_one_s_own_rows_only(estates, borealis_looks):
    assert post(borealis_looks, "Accounts", {"Name": f"{MARK} account"}).status_code == 201
    assert set(faults(post(borealis_looks, "Accounts", {"Name": f"{MARK} account"}))) <= {"", "Name"}


def test_secrets_are_not_published(estates, borealis_looks, staff_api):
    hidden = re.compile(r"secret|password|token|username|hash|(?<!re)lease|credential", re.IGNORECASE)
    for each in SERVICE.sets:
        for declared in each.type.properties:
            for column in (declared.name, declared.source or "", *declared.needs, *declared.aliases):
                assert not hidden.search(column), (each.name, column)
    assert not hidden.search(staff_api.get("/OData/$metadata").content.decode())
    for query in ("$filter=Secret eq 'x'", "$orderby=Secret", "$select=Secret", "$filter=secret eq 'x'"):
        faults(staff_api.get(f"/OData/Systems?{query}"))
    assert set(faults(patch(staff_api, f"Systems({estates[0].key(System)})", {"Secret": "x"}))) == {"Secret"}


def test_who_has_not_signed_in_hears_so_in_the_same_shape(client, db):
    for path in ("", "$metadata", "Integrations", "Integrations(1)", "Nothing"):
        response = client.get(f"/OData/{path}")
        faults(response, 401)
        assert response["WWW-Authenticate"].startswith("Basic ")
    wrong = client.get("/OData/Integrations", headers={"authorization": "Bearer x.y"})
    faults(wrong, 401)
