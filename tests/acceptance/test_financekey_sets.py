"""The sets around the two documented ones: what may be written to them, and by whom."""

import json

import pytest

from integrations.models import Action, Record, System
from queues.models import IntegrationQueue
from tests.acceptance.financekey import DEFAULT, faults, patch, post, read
from tests.api import acme_api, borealis_api, staff_api
from tests.cast import make_activation, make_integration, make_schedule, payment_row, store_payments
from tests.tenants import make_estate

__all__ = ["acme_api", "borealis_api", "staff_api"]


def payment_body(number, *, now, **values):
    """As an OData client writes it: decimals are numbers."""
    row = payment_row(number, updated_on=now, Amount=100.5, **values)
    return {"EntityId": "Payment", **row}


def act(api, path, **arguments):
    return api.post(f"/OData/{path}", json.dumps(arguments), content_type=DEFAULT)


def test_records_have_the_properties_of_their_entity(acme_api, payment, now):
    made = post(acme_api, "Records", payment_body(1, now=now, Lines=2**40, Rate=0.5, Urgent=True))
    assert made.status_code == 201, made.content
    entity = made.json()
    assert made["Location"] == f"http://testserver/OData/Records({entity['RecordId']})"
    assert (entity["ItemId"], entity["ItemName"]) == ("00000000-0000-0000-0000-000000000001", "P-1")
    assert (entity["Amount"], entity["Amount@odata.type"]) == (100.5, "#Decimal")
    assert (entity["Lines"], entity["Lines@odata.type"]) == (2**40, "#Int64")
    address = f"Records({entity['RecordId']})"
    assert read(acme_api, f"{address}?$select=Status,ItemName")["Status"] == "Open"
    changed = patch(acme_api, address, {"Status": "Paid", "Amount": None}).json()
    assert (changed["Status"], changed["Amount"], changed["Number"]) == ("Paid", None, "P-1")
    found = read(acme_api, "Records?$filter=EntityId eq 'Payment' and Status eq 'Paid' and Amount eq null")
    assert [row["ItemName"] for row in found["value"]] == ["P-1"]
    replaced = acme_api.put(f"/OData/{address}", payment_body(1, now=now), content_type=DEFAULT).json()
    assert (replaced["Status"], replaced["Lines"]) == ("Open", None)
    assert acme_api.delete(f"/OData/{address}").status_code == 204
    assert not Record.objects.exists()


def test_records_that_do_not_fit_their_entity_are_refused(acme_api, staff_api, acme, payment, now):
    store_payments(acme, payment, 1, now=now)
    address = f"Records({Record.objects.get().pk})"
    for body, named in (
        ({"Amount": "1.5"}, {"Amount"}),
        ({"Number": None}, {"Number"}),
        ({"Id": "00000000-0000-0000-0000-000000000009"}, {"Id"}),
        ({"Nothing": 1}, {"Nothing"}),
        ({"DueOn": "soon", "Urgent": 1}, {"DueOn", "Urgent"}),
    ):
        assert set(faults(patch(acme_api, address, body))) == named, body
    faults(patch(acme_api, address, {"UpdatedOn": "2020-01-01T00:00:00Z"}), 409)
    for body, named in (
        ({}, {"EntityId"}),
        ({"EntityId": "Nothing", "Id": "x"}, {"EntityId"}),
        ({"EntityId": "Payment", "Amount": 5}, {"Id"}),
    ):
        assert set(faults(post(acme_api, "Records", body))) == named, body
    faults(post(staff_api, "Records", payment_body(2, now=now)))
    assert Record.objects.count() == 1


def test_an_integration_is_taken_up_switched_and_scheduled(acme_api, payment, now, acme):
    integration = make_integration(payment, now=now, allow_schedule_update=True, consent_type_id="Confirm")
    own = make_schedule(acme, name="Own", cron="5 * * * *")
    made = post(acme_api, "ClientIntegrations", {"Integration@odata.bind": f"Integrations({integration.pk})"})
    assert made.status_code == 201, made.content
    assert (made.json()["Enabled"], made.json()["ConsentId"]) == (False, None)
    address = f"ClientIntegrations({made.json()['Id']})"
    assert list(faults(act(acme_api, f"{address}/Enable"))) != []
    enabled = act(acme_api, f"{address}/Enable", Consent=True).json()
    assert (enabled["Enabled"], enabled["Runnable"]) == (True, True)
    consent = f"Consents({enabled['ConsentId']})"
    scheduled = patch(acme_api, address, {"ScheduleId": own.pk, "Paused": True}).json()
    assert (scheduled["ScheduleId"], scheduled["Paused"], scheduled["Runnable"]) == (own.pk, True, False)
    assert act(acme_api, f"{address}/Resume").json()["Runnable"] is True
    faults(act(acme_api, f"{consent}/Renew", ExpiresOn="2000-01-01T00:00:00Z"))
    assert act(acme_api, f"{consent}/Renew", ExpiresOn="2999-01-01T00:00:00Z").json()["ExpiresOn"]
    assert act(acme_api, f"{consent}/Withdraw").json()["State"] == "Revoked"
    assert read(acme_api, address)["Runnable"] is False
    assert act(acme_api, f"{address}/Disable").json()["Enabled"] is False
    faults(patch(acme_api, address, {"Paused": True}), 409)
    faults(acme_api.delete(f"/OData/{address}"), 405)


def test_staff_switch_on_for_a_client_what_it_does_not_see_yet(acme_api, staff_api, payment, now, acme):
    hidden = make_integration(payment, now=now, managed=False)
    faults(post(acme_api, "ClientIntegrations", {"IntegrationId": hidden.pk}))
    faults(post(staff_api, "ClientIntegrations", {"IntegrationId": hidden.pk}))
    bound = {"Integration@odata.bind": f"Integrations({hidden.pk})", "Enabled": True}
    made = post(staff_api, "ClientIntegrations", bound, x_hub_client="acme").json()
    assert (made["ClientCode"], made["Runnable"]) == ("acme", True)
    assert read(acme_api, f"ClientIntegrations({made['Id']})/Integration")["Id"] == hidden.pk
    missing = {"Integration@odata.bind": "Integrations(987654321)"}
    faults(post(staff_api, "ClientIntegrations", missing, x_hub_client="acme"))


def test_a_schedule_that_is_fixed_stays(acme_api, acme, acme_payments):
    own = make_schedule(acme, name="Own")
    address = f"ClientIntegrations({acme_payments.pk})"
    faults(patch(acme_api, address, {"ScheduleId": own.pk}), 403)
    assert read(acme_api, address)["ScheduleId"] is None
    assert patch(acme_api, address, {"IntegrationId": 5, "Runnable": False}).json()["Runnable"] is True
    bound = {"Integration@odata.bind": f"Integrations({acme_payments.integration_id})"}
    assert set(faults(patch(acme_api, address, bound))) == {"Integration@odata.bind"}


@pytest.mark.parametrize(
    ("entity_set", "body", "broken"),
    [
        ("Systems", {"Name": "New", "BaseUrl": "https://erp.example.com"}, {"BaseUrl": "ftp://erp"}),
        ("Systems", {"Name": "New", "BaseUrl": "https://erp.example.com"}, {"Authentication": "magic"}),
        ("Schedules", {"Name": "New", "Cron": "0 * * * *"}, {"Cron": "never"}),
        (
            "Actions",
            {"Name": "New", "Handler": "http.send", "Configuration": '{"path": "/payments"}'},
            {"Configuration": "[]"},
        ),
        (
            "Actions",
            {"Name": "New", "Handler": "http.send", "Configuration": '{"path": "/payments"}'},
            {"Configuration": '{"nonsense": true'},
        ),
    ],
)
def test_what_definitions_are_built_from_is_its_owner_s_to_write(
    acme_api, staff_api, borealis_api, entity_set, body, broken
):
    made = post(acme_api, entity_set, body)
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in body} == body
    assert made.json()["OwnerCode"] == "acme"
    address = f"{entity_set}({made.json()['Id']})"
    assert set(faults(patch(acme_api, address, broken))) == set(broken)
    assert patch(acme_api, address, {"Name": "Renamed"}).json()["Name"] == "Renamed"
    assert set(faults(post(acme_api, entity_set, {**body, "Name": "Renamed"}))) == {"Name"}
    of_hub = f"{entity_set}({post(staff_api, entity_set, body).json()['Id']})"
    assert read(acme_api, of_hub)["OwnerCode"] is None
    faults(patch(acme_api, of_hub, {"Name": "Mine"}), 403)
    faults(patch(borealis_api, address, {"Name": "Mine"}), 404)
    assert acme_api.delete(f"/OData/{address}").status_code == 204


def test_a_secret_outlives_writes_that_do_not_know_of_it(staff_api, payments_out):
    System.objects.filter(pk=payments_out.system_id).update(secret="s3cret")
    address = f"Systems({payments_out.system_id})"
    assert patch(staff_api, address, {"Name": "Renamed"}).status_code == 200
    assert System.objects.get(pk=payments_out.system_id).secret == "s3cret"
    faults(staff_api.delete(f"/OData/{address}"), 409)
    action = Action.objects.get(pk=payments_out.action_id)
    patch(staff_api, f"Actions({action.pk})", {"Name": "Renamed"})
    assert Action.objects.get(pk=action.pk).configuration == action.configuration


def test_accounts_are_reached_through_client_integrations(
    acme_api, staff_api, acme_payments, payment, now, borealis
):
    theirs = make_activation(borealis, acme_payments.integration, now=now)
    account = post(acme_api, "Accounts", {"Name": "Current"}).json()
    assert account["AccountStateId"] == "Active"
    body = {"ClientIntegrationId": acme_payments.pk, "AccountId": account["Id"], "APIReference": "r" * 36}
    made = post(acme_api, "v_clientintegrationaccounts", body)
    assert made.status_code == 201, made.content
    address = f"ClientIntegrationAccounts({made.json()['Id']})"
    for wrong, named in (
        ({"APIReference": "r" * 37}, {"APIReference"}),
        ({"ClientIntegrationId": None}, {"ClientIntegrationId"}),
    ):
        assert set(faults(patch(acme_api, address, wrong))) == named
    moved = patch(staff_api, address, {"ClientIntegrationId": theirs.pk})
    assert set(faults(moved)) == {"ClientIntegrationId"}
    faults(acme_api.delete(f"/OData/Accounts({account['Id']})"), 409)
    found = read(acme_api, f"Accounts({account['Id']})/ClientIntegrationAccounts?$expand=ClientIntegration")
    assert found["value"][0]["ClientIntegration"]["Id"] == acme_payments.pk
    assert patch(acme_api, address, {"APIReference": None, "AccountId": None}).json()["AccountId"] is None
    assert acme_api.delete(f"/OData/{address}").status_code == 204
    assert acme_api.delete(f"/OData/Accounts({account['Id']})").status_code == 204


def test_a_dry_run_tells_what_the_next_run_would_take(acme_api, staff_api, acme, payment, payments_out, now):
    store_payments(acme, payment, 2, now=now)
    path = f"Integrations({payments_out.pk})/DryRun"
    whole = act(acme_api, path).json()
    assert (whole["Count"], whole["Complete"], len(whole["First"])) == (2, True, 2)
    assert whole["First"][0]["IntegrationQueueStateId"] is None
    assert whole["@odata.context"].endswith("$metadata#FinanceKey.DryRunResult")
    assert act(acme_api, path, Filter='x => x.Status == "Paid"').json()["Count"] == 0
    faults(act(acme_api, path, Filter="x => x.Nothing"))
    faults(act(staff_api, path))


def test_why_an_item_is_not_queued_is_told_by_the_clause(
    acme_api, staff_api, acme, payments_out, payment, now
):
    store_payments(acme, payment, 1, now=now)
    item_id = Record.objects.get().item_id
    path = f"Integrations({payments_out.pk})/WhyNot"
    told = act(acme_api, path, ItemId=item_id, Filter='x => x.Lines == null && x.Status == "Paid"').json()
    assert (told["ItemId"], told["Found"], told["Matches"]) == (item_id, True, False)
    assert told["IntegrationQueueStateId"] is None
    [paid] = [each for each in told["Clauses"] if "Paid" in each["Text"]]
    assert paid == {
        "Text": 'x.Status == "Paid"',
        "Holds": False,
        "Values": [{"Name": "Status", "Value": "Open"}],
    }
    assert told["Reasons"] == [
        'It does not meet x.Status == "Paid"',
        "The client has not taken the integration up.",
    ]
    assert act(acme_api, path, ItemId="none").json()["Found"] is False
    assert set(faults(act(acme_api, path))) == {"ItemId"}
    faults(act(acme_api, path, ItemId="none", Filter="x => x.Nothing"))
    faults(act(staff_api, path, ItemId="none"))


def test_the_pauses_before_retries_are_a_collection(acme_api, staff_api, payments_out):
    address = f"Integrations({payments_out.pk})"
    assert read(staff_api, address)["Backoff"] == []
    assert patch(staff_api, address, {"Backoff": [5, 0.5, 300]}).json()["Backoff"] == [5, 0.5, 300]
    assert read(acme_api, f"{address}/Backoff")["value"] == [5, 0.5, 300]
    payments_out.refresh_from_db()
    assert payments_out.backoff == [5, 0.5, 300]
    for refused in ([-1], [604_801], ["5"], [None], [1] * 21, None, 5, ["INF"], ["NaN"]):
        named = set(faults(patch(staff_api, address, {"Backoff": refused})))
        assert {each.partition("/")[0] for each in named} == {"Backoff"}, refused
    assert patch(staff_api, address, {"Backoff": []}).json()["Backoff"] == []
    payments_out.refresh_from_db()
    assert payments_out.backoff is None
    faults(acme_api.get("/OData/Integrations?$filter=Backoff eq 5"))


def test_what_happened_to_an_item_is_read_down_to_each_attempt(acme_api, acme, payment, now):
    estate = make_estate(acme, payment, now, mark="acme")
    [item] = read(
        acme_api,
        f"IntegrationQueues?$filter=Id eq {estate.key(IntegrationQueue)}"
        "&$expand=ActionLogs($expand=Attempts($filter=Outcome eq 'Retry'))",
    )["value"]
    [attempt] = item["ActionLogs"][0]["Attempts"]
    assert (attempt["Number"], attempt["Outcome"], attempt["Status"]) == (1, "Retry", None)
    assert (attempt["Message"], attempt["DurationMs"], attempt["ClientCode"]) == ("acme attempt", 1, "acme")
    found = read(acme_api, "ActionAttempts?$filter=ActionLog/IntegrationQueue/ItemId ne ''&$count=true")
    assert (found["@odata.count"], found["value"][0]["Id"]) == (1, attempt["Id"])


def test_what_an_entity_consists_of_is_listed(acme_api, payment):
    [entity] = read(acme_api, "Entities?$expand=EntityProperties($orderby=Position,Id)")["value"]
    listed = [(each["Name"], each["Type"], each["Nullable"]) for each in entity["EntityProperties"]]
    declared = [(each.name, each.type, each.nullable) for each in payment.properties.all()]
    assert listed == declared
    assert read(acme_api, "EntityProperties?$filter=Type eq 'Guid'&$select=EntityId")["value"] == [
        {"EntityId": "Payment"}
    ]


def test_what_is_given_is_not_written(staff_api):
    for entity_set in ("Directions", "ConsentTypes", "AccountStates", "IntegrationQueueStates", "Entities"):
        faults(post(staff_api, entity_set, {"Id": "x", "Name": "x"}), 405)
        key = read(staff_api, f"{entity_set}?$top=1")["value"][:1]
        if key:
            faults(patch(staff_api, f"{entity_set}('{key[0]['Id']}')", {"Name": "x"}), 405)
    for entity_set in ("ActionLogs", "ActionAttempts", "EntityProperties", "IntegrationRuns", "Consents"):
        faults(post(staff_api, entity_set, {}), 405)
