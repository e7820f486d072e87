"""What each first-tier operation of the agent does to the hub, and that no client reaches another's."""

import re

import pytest
from django.conf import settings as hub_settings

from integrations.models import (
    ActorLink,
    AuditEntry,
    ClientIntegration,
    Connection,
    EngineSwitch,
    IntegrationRun,
    Record,
    System,
)
from queues.models import IntegrationQueue
from queues.plans import sign_in_of
from queues.states import State
from tests.acceptance.superoffice import OPERATIONS, ROOT, call, error
from tests.api import acme_api, borealis_api, make_program, staff_api
from tests.cast import make_activation, make_system, store_payments
from tests.queues.engine import activation, export, run_drain, run_tick, script, time
from tests.wire.transport.receiver import Receiver, running

__all__ = ["acme_api", "activation", "borealis_api", "export", "script", "staff_api", "time"]

SIGNED_IN = {"name": "Books", "authentication": "basic", "username": "hub", "secret": "hub secret"}


@pytest.fixture
def system(db):
    return make_system(**SIGNED_IN)


@pytest.fixture
def save(acme_api, system):
    """Saves a connection of Acme's, and answers with its carrier."""

    def save(**values):
        body = {"connection": {"erpConnectorId": system.pk, "displayName": "Main", **values}}
        response = call(acme_api, "SaveConnection", body)
        assert response.status_code == 200, response.content
        return response.json()

    return save


def ask(program, operation, **arguments):
    response = call(program, operation, arguments)
    assert response.status_code == 200, response.content
    return response.json()


def do(program, operation, **arguments):
    response = call(program, operation, arguments)
    assert (response.status_code, response.content) == (204, b"")


# Engine


def test_a_client_switches_and_slows_itself_alone(acme_api, borealis_api, staff_api):
    stopped = ask(acme_api, "ChangeEngineStatus", run=False)
    assert (stopped["IsRunning"], ask(borealis_api, "GetEngineStatus")["IsRunning"]) == (False, True)
    do(acme_api, "ChangeEngineInterval", interval="PT5M")
    assert ask(acme_api, "GetEngineStatus")["Interval"] == "00:05:00"
    assert ask(borealis_api, "GetEngineStatus")["Interval"] == "00:01:00"
    assert ask(staff_api, "GetEngineStatus")["IsRunning"], "the hub's own"
    assert ask(staff_api, "ChangeEngineStatus", Run=False)["IsRunning"] is False
    told = call(borealis_api, "GetEngineStatus", **{"so-language": "en"}).json()
    assert told["IsRunning"] is False
    assert told["StatusMessage"].startswith("The hub's engine has been stopped since")
    assert not ask(acme_api, "ChangeEngineStatus", run=True)["IsRunning"], "both have to run"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("24:00:00", "24:00:00"), ("1.00:00:00", "24:00:00"), ("0:01", "00:01:00"), ("P1D", "24:00:00"),
     ("PT90M", "01:30:00"), ("01:00:00.0000000", "01:00:00")],
)  # fmt: skip
def test_an_interval_in_all_its_spellings(acme_api, sent, kept):
    do(acme_api, "ChangeEngineInterval", Interval=sent)
    assert ask(acme_api, "GetEngineStatus")["Interval"] == kept


@pytest.mark.parametrize(
    "sent", ["00:00:59", "24:00:01", "-00:05:00", "five", "", "PT", "P", 300, None, "00:61:00", "9" * 400]
)
def test_an_interval_that_is_none_is_refused(acme_api, sent):
    assert "Interval" in error(call(acme_api, "ChangeEngineInterval", {"Interval": sent}))
    assert not EngineSwitch.objects.exists()


def test_an_engine_is_not_switched_by_saying_nothing(acme_api):
    for body in (None, {}, {"run": None}, {"run": "maybe"}, {"run": 1}, {"run": [True]}, []):
        assert "Run" in error(call(acme_api, "ChangeEngineStatus", body)) or body == []
    assert not EngineSwitch.objects.exists()


# Syncing


def test_sync_all_and_its_force(acme_api, activation, time):
    run_tick(time)
    assert ask(acme_api, "SyncAll")["IsOk"]
    assert IntegrationRun.objects.filter(slot=None).count() == 1
    ask(acme_api, "ChangeEngineStatus", run=False)
    refused = call(acme_api, "SyncAll", **{"so-language": "sv"}).json()
    assert (refused["IsOk"], refused["Status"], refused["ErrorCode"]) == (False, "Error", "EngineStopped")
    assert refused["UserExplanation"] == "Motorn är stoppad."
    assert refused["TechExplanation"] == "The engine is stopped."
    assert list(refused)[:6] == [
        "IsOk",
        "UserExplanation",
        "TechExplanation",
        "ErrorCode",
        "Changes",
        "Status",
    ]
    assert ask(acme_api, "ForceSyncAll")["Status"] == "Ok"
    assert ClientIntegration.objects.get().runnable


@pytest.fixture
def delivered(activation, payment, acme, time):
    """Three payments of Acme's that were delivered, and a connection to where they went."""
    store_payments(acme, payment, 3, now=time.now)
    run_tick(time)
    run_drain()
    return Connection.objects.create(client=acme, system=activation.integration.system, name="Main")


def states():
    return dict(IntegrationQueue.objects.order_by("item_name").values_list("item_name", "state"))


DONE = {"P-1": State.SUCCEEDED, "P-2": State.SUCCEEDED, "P-3": State.SUCCEEDED}


@pytest.mark.parametrize("operation", ["ForceResync", "ForceResyncNoBlankValues", "ForceResyncBatchTask"])
def test_a_resync_reopens_exactly_the_records_given(acme_api, delivered, operation):
    record = Record.objects.get(item_name="P-2")
    body = {"erpConnectionId": delivered.pk, "internalKeyIds": [record.pk, 987_654_321]}
    response = call(acme_api, operation, body)
    assert response.status_code == (204 if operation.endswith("Task") else 200)
    assert states() == {**DONE, "P-2": State.PENDING}
    item = IntegrationQueue.objects.get(item_name="P-2")
    assert (item.cycle, item.attempt) == (2, 0)
    for keys in ([], None):
        answer = call(acme_api, "ForceResync", {**body, "internalKeyIds": keys}).json()
        assert (answer["IsOk"], answer["TechExplanation"]) == (
            True,
            "Items that will be synchronised again: 0.",
        )
    assert states() == {**DONE, "P-2": State.PENDING}


@pytest.mark.parametrize("operation", ["ForceResyncExternal", "ForceResyncExternalNoBlankValues"])
def test_a_resync_by_external_keys_is_of_one_actor_type(acme_api, delivered, operation):
    key = IntegrationQueue.objects.get(item_name="P-3").item_id
    body = {"erpConnectionId": delivered.pk, "externalKeys": [key, "other"], "erpActorType": "payment"}
    assert call(acme_api, operation, body).json()["IsOk"]
    assert states() == {**DONE, "P-3": State.PENDING}
    error(call(acme_api, operation, {**body, "erpActorType": "Customer"}))


@pytest.mark.parametrize(
    "keys",
    ["internalKeyIds[]={}", "internalKeyIds[0]={}", "internalKeyIds={}&internalKeyIds=7", "InternalKeyIds="],
)
def test_a_form_names_lists_and_objects_in_several_ways(acme_api, delivered, keys):
    record = Record.objects.get(item_name="P-2")
    form = f"connectionId=1&erpConnectionId={delivered.pk}&{keys.format(record.pk)}"
    response = acme_api.generic(
        "POST", f"{ROOT}/ForceResync", form, content_type="application/x-www-form-urlencoded"
    )
    assert response.json()["IsOk"], response.content
    assert (states() == DONE) == keys.endswith("=")


def test_a_connection_is_saved_by_a_form(acme_api, system):
    form = (
        f"Connection.ErpConnectorId={system.pk}&connection[DisplayName]=Main"
        "&connection[configFields][Username]=u&connection[configFields].SECRET=s"
        "&connection[userGroupAccessIds][0]=3"
    )
    response = acme_api.generic(
        "POST", f"{ROOT}/SaveConnection", form, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 200, response.content
    row = Connection.objects.get()
    assert (row.name, row.username, row.secret, row.user_group_ids) == ("Main", "u", "s", [3])


def test_a_resync_reaches_nobody_else(acme_api, borealis_api, borealis, delivered, export, payment, time):
    theirs = make_activation(borealis, export, now=time.now)
    store_payments(borealis, payment, 1, now=time.now)
    item = IntegrationQueue.objects.earliest("id")
    item.pk, item.client_integration, item.client, item.item_name = None, theirs, borealis, "B"
    item.save()
    keys = list(IntegrationQueue.objects.values_list("item_id", flat=True))
    ids = list(Record.objects.values_list("pk", flat=True))
    for program in (borealis_api, make_program(borealis, ["erpsync", "operate"])):
        for name, arguments in (
            ("ForceResync", {"internalKeyIds": ids}),
            ("ForceResyncExternal", {"externalKeys": keys}),
        ):
            foreign = error(call(program, name, {"erpConnectionId": delivered.pk, **arguments}))
            missing = error(call(program, name, {"erpConnectionId": 987_654_321, **arguments}))
            assert foreign == missing
    assert set(states().values()) == {State.SUCCEEDED}
    ask(acme_api, "ForceResync", erpConnectionId=delivered.pk, internalKeyIds=ids)
    assert states() == dict.fromkeys(DONE, State.PENDING) | {"B": State.SUCCEEDED}


# Connections


def test_a_connection_is_made_read_changed_and_deleted(acme_api, save, system, acme):
    made = save(
        displayDescription='US:"Main";NO:"Hoved"', configFields={"username": "u", "SECRET": "s"}, extra=1
    )
    key = made["ErpConnectionId"]
    row = Connection.objects.get(pk=key)
    assert made == {
        **made,
        "ErpConnectorId": system.pk,
        "DisplayName": "Main",
        "Active": True,
        "ConnectionId": str(row.key),
        "MostRecentTimestamp": "",
        "ConfigFields": {"Username": "u", "Secret": ""},
        "Deleted": False,
        "AllAccess": True,
        "UserGroupAccessIds": [],
        "AssociateAccessIds": [],
        "TableRight": {"Mask": "FULL", "Reason": ""},
    }
    assert (row.client, row.username, row.secret) == (acme, "u", "s")
    assert ask(acme_api, "GetConnection", erpConnectionId=key) == made
    assert call(acme_api, "GetConnection", {"ErpConnectionId": key}, **{"so-language": "no"}).json()[
        "DisplayDescription"
    ] == "Hoved"  # fmt: skip
    changed = save(
        erpConnectionId=key, displayName="Renamed", configFields={"Secret": ""}, userGroupAccessIds=[1]
    )
    assert (changed["DisplayName"], changed["UserGroupAccessIds"]) == ("Renamed", [1])
    row.refresh_from_db()
    assert (row.secret, row.row_version) == ("s", 2)
    assert ask(acme_api, "GetErpConnectionConfigFields", erpConnectionId=key) == {
        "Username": "u",
        "Secret": "",
    }
    do(acme_api, "DeleteConnection", erpConnectionId=key)
    do(acme_api, "DeleteConnection", erpConnectionId=key)
    assert ask(acme_api, "GetAllConnections") == []
    gone = ask(acme_api, "GetAllConnections", includeDeleted=True)
    assert [(each["Deleted"], each["Active"]) for each in gone] == [(True, False)]
    assert ask(acme_api, "GetConnection", erpConnectionId=987_654_321) is None
    assert [entry.act for entry in AuditEntry.objects.order_by("id")] == ["save connection"] * 2 + [
        "delete connection"
    ]


def test_a_connection_that_cannot_be_is_refused(acme_api, system, borealis, staff_api):
    foreign = make_system(borealis, name="Own")
    wrong = {
        "DisplayName": {"displayName": " "},
        "ErpConnectorId": {"erpConnectorId": foreign.pk},
        "ConfigFields.Port": {"configFields": {"Port": "1"}},
        "ConfigFields": {"configFields": ["x"]},
        "UserGroupAccessIds": {"userGroupAccessIds": ["x"]},
        "Active": {"active": "perhaps"},
        "ErpConnectionId": {"erpConnectionId": 987_654_321},
    }
    for member, values in wrong.items():
        body = {"connection": {"erpConnectorId": system.pk, "displayName": "x", **values}}
        assert member in error(call(acme_api, "SaveConnection", body)), member
    for body in ({"connection": None}, {"connection": 5}, {}):
        assert "Connection" in error(call(acme_api, "SaveConnection", body))
    body = {"connection": {"erpConnectorId": system.pk, "displayName": "x"}}
    assert "client" in error(call(staff_api, "SaveConnection", body))
    reader = make_program(
        Connection._meta.get_field("client").related_model.objects.get(code="acme"), ["erpsync", "read"]
    )
    error(call(reader, "SaveConnection", body), 403, "SoRightsException")
    assert not Connection.objects.exists()


def test_rights_are_those_the_caller_has(save, acme, acme_api):
    key = save()["ErpConnectionId"]
    told = ask(make_program(acme, ["erpsync"]), "GetConnection", erpConnectionId=key)
    assert told["TableRight"] == {"Mask": "Select", "Reason": "The credential lacks the scope write."}
    masks = {each["FieldRight"]["Mask"] for each in told["FieldProperties"].values()}
    assert masks == {"Read"}
    full = ask(acme_api, "GetConnection", erpConnectionId=key)["FieldProperties"]
    assert full["DisplayName"] == {
        "FieldRight": {"Mask": "Update", "Reason": ""}, "FieldType": "System.String", "FieldLength": 256,
    }  # fmt: skip
    assert full["ConnectionId"]["FieldRight"]["Mask"] == "Read"


def test_connections_are_ordered_and_toggled(acme_api, save, borealis_api):
    keys = [save(displayName=name)["ErpConnectionId"] for name in "abc"]
    assert ask(acme_api, "SaveErpConnectionSyncPriorities", erpConnectionIds=[keys[2], keys[0]]) is True
    assert [each["DisplayName"] for each in ask(acme_api, "GetAllConnections")] == ["c", "a", "b"]
    told = call(
        acme_api, "ToggleErpConnectionActive", {"erpConnectionId": keys[0]}, **{"so-language": "de"}
    ).json()
    assert told == ["Die Verbindung ist inaktiv."]
    assert not ask(acme_api, "GetConnection", erpConnectionId=keys[0])["Active"]
    error(call(borealis_api, "SaveErpConnectionSyncPriorities", {"erpConnectionIds": keys}))
    error(call(borealis_api, "ToggleErpConnectionActive", {"erpConnectionId": keys[0]}))


def test_a_system_is_used_while_one_connection_to_it_is_active(
    acme_api, acme_payments, acme, borealis, payments_out, now
):
    theirs = make_activation(borealis, payments_out, now=now)
    rows = [Connection.objects.create(client=acme, system=payments_out.system, name=name) for name in "ab"]
    runnable = []
    for row in (*rows, rows[0]):
        ask(acme_api, "ToggleErpConnectionActive", erpConnectionId=row.pk)
        acme_payments.refresh_from_db()
        runnable.append(acme_payments.runnable)
    assert runnable == [True, False, True]
    theirs.refresh_from_db()
    assert theirs.runnable


def test_a_connection_s_own_sign_in_is_what_the_engine_uses(acme_payments, acme, system):
    System.objects.filter(pk=acme_payments.integration.system_id).update(authentication="bearer", secret="")
    acme_payments.integration.system.refresh_from_db()
    Connection.objects.create(client=acme, system=acme_payments.integration.system, name="x", secret="own")
    assert sign_in_of(acme_payments).secret == "own"


def test_a_summary_tells_what_is_synchronised(acme_api, delivered):
    told = ask(acme_api, "GetErpSyncConnectionSummary", erpSyncConnectionId=delivered.pk)
    assert (told["DisplayName"], told["Active"], told["Deleted"]) == ("Main", True, False)
    assert re.fullmatch(r"2026-03-02T\d\d:\d\d:\d\d", told["LastSync"])
    (actor,) = told["Actors"]
    assert (actor["ActorType"], actor["HasMappings"], actor["Mappings"]) == (
        "Payment",
        False,
        "Payments to the ERP",
    )
    chosen = call(
        acme_api, "GetErpSyncConnectionSummary", {"erpSyncConnectionId": delivered.pk},
        query="?$select=lastsync,actors/actortype", **{"so-timezone": "NO, includeTZOffset"},
    ).json()  # fmt: skip
    assert chosen["LastSync"].endswith("+0100")
    assert chosen["Actors"][0]["ActorType"] == "Payment"
    assert (chosen["Active"], chosen["Actors"][0]["Mappings"]) == (None, None)


# Connectors


def test_connectors_are_systems(acme_api, acme, system, borealis):
    make_system(borealis, name="Theirs")
    default = call(acme_api, "CreateDefaultErpSyncConnectorEntity", "null").json()
    assert (default["ErpConnectorId"], default["DisplayName"], default["URL"]) == (0, "", "")
    made = ask(acme_api, "SaveErpSyncConnectorEntity", displayName="Own", uRL="https://own.example.com")
    key = made["ErpConnectorId"]
    assert System.objects.get(pk=key).owner == acme
    assert [each["Name"] for each in ask(acme_api, "GetAllConnectors")] == ["Books", "Own"]
    path = f"{ROOT}/GetErpSyncConnectorEntity?ErpSyncConnectorEntityId={key}"
    got = acme_api.generic("POST", path, b"null", content_type="application/json")
    assert got.json() == made
    ask(acme_api, "SaveErpSyncConnectorEntity", erpConnectorId=key, displayName="Renamed")
    assert System.objects.get(pk=key).name == "Renamed"
    assert ask(acme_api, "CanDeleteErpSyncConnectorEntity", erpSyncConnectorId=key) == "NoError"
    query = f"?erpSyncConnectorEntityId={key}"
    assert call(acme_api, "DeleteErpSyncConnectorEntity", query=query).status_code == 204
    assert ask(acme_api, "CanDeleteErpSyncConnectorEntity", erpSyncConnectorId=key) == "ErrorNotFound"
    Connection.objects.create(client=acme, system=system, name="x")
    used = ask(acme_api, "CanDeleteErpSyncConnectorEntity", erpSyncConnectorId=system.pk)
    assert used == "ErrorConnectorHasConnections"
    for wrong in ({"displayName": ""}, {"displayName": "x", "uRL": "ftp://x"}):
        error(call(acme_api, "SaveErpSyncConnectorEntity", wrong))
    refused = call(
        acme_api, "SaveErpSyncConnectorEntity", {"erpConnectorId": system.pk, "displayName": "Mine"}
    )
    error(refused, 403, "SoRightsException")


def test_a_connector_asks_for_what_its_sign_in_needs(acme_api, system):
    told = call(
        acme_api, "GetConfigurationFields", {"erpConnectorId": system.pk}, **{"accept-language": "nb"}
    ).json()
    assert [(each["FieldKey"], each["DisplayName"], each["FieldType"], each["Rank"]) for each in told] == [
        ("Username", "Brukernavn", "Text", 1),
        ("Secret", "Passord", "Password", 2),
    ]
    System.objects.update(authentication="none")
    assert ask(acme_api, "GetConfigurationFields", erpConnectorId=system.pk) == []


def test_a_connection_is_tried_for_real(acme_api, save, system, settings):
    settings.HUB_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    key = save(configFields={"Username": "u", "Secret": "s"})["ErpConnectionId"]
    with running(Receiver()) as receiver:
        address = receiver.url("/echo")
        System.objects.update(base_url=address)
        assert ask(acme_api, "TestConnectorUrl", url=address) == "NoError"
        assert ask(acme_api, "TestConnectionById", erpConnectionId=key) is True
        tried = {"Username": "other", "Secret": "x"}
        assert ask(acme_api, "TestConnectionByConfig", erpConnectionId=key, configFields=tried) is True
    assert ask(acme_api, "TestConnectorUrl", url=address) == "ErrorNotFound"
    assert ask(acme_api, "TestConnectionById", erpConnectionId=key) is False
    assert Connection.objects.get().username == "u"
    settings.HUB_OUTBOUND_ALLOW = []
    assert ask(acme_api, "TestConnectorUrl", url="http://127.0.0.1:1/") == "ErrorNotFound"
    for url in ("", "file:///etc/passwd", "http://", None):
        assert "Url" in error(call(acme_api, "TestConnectorUrl", {"url": url}))
    assert hub_settings.HUB_OUTBOUND_ALLOW == []


def test_what_a_connector_no_longer_asks_for_is_dropped(acme_api, save, system):
    key = save(configFields={"Username": "u", "Secret": "s"})["ErpConnectionId"]
    System.objects.update(authentication="none")
    assert ask(acme_api, "UpdateConnectionFields", erpConnectionId=key) is True
    row = Connection.objects.get()
    assert (row.username, row.secret) == ("", "")


# Actors


def test_a_record_is_linked_to_one_actor(acme_api, delivered):
    first, second = Record.objects.order_by("id")[:2]
    link = {
        "erpConnectionId": delivered.pk,
        "crmActorType": "Payment",
        "erpKey": "C1",
        "erpActorType": "Customer",
    }
    assert ask(acme_api, "CreateActorLink", **link, crmRecordId=first.pk) is True
    assert ask(acme_api, "CreateActorLink", **link, crmRecordId=first.pk) is True
    assert ask(acme_api, "CreateActorLink", **link, crmRecordId=second.pk) is False
    assert ask(acme_api, "TryConnectActor", **{**link, "erpKey": "C2"}, crmRecordId=first.pk) is False
    assert ActorLink.objects.count() == 1
    values = [
        {"crmFieldKey": "Status", "value": "Paid", "displayName": "x"},
        {"CrmFieldKey": "Lines", "Value": "7"},
    ]
    do(acme_api, "ConnectActor", **{**link, "erpKey": "C2"}, crmRecordId=second.pk, fieldValues=values)
    second.refresh_from_db()
    assert (second.data["Status"], second.data["Lines"]) == ("Paid", 7)
    got = ask(
        acme_api, "GetFieldValuesFromErp", erpConnectionId=delivered.pk, actorTypeErp="Customer", erpKey="C2"
    )
    assert {each["CrmFieldKey"]: each["Value"] for each in got}["Status"] == "Paid"
    assert {(each["SyncToCrm"], each["SyncToErp"]) for each in got} == {(False, True)}
    broken = {"erpConnectionId": delivered.pk, "crmRecordId": second.pk, "crmActorType": "payment"}
    assert ask(acme_api, "BreakActorLink", **broken) is True
    assert ask(acme_api, "BreakActorLink", **broken) is False
    wrong = [{"crmFieldKey": "Lines", "value": "many"}]
    refused = call(
        acme_api, "ConnectActor", {**link, "erpKey": "C2", "crmRecordId": second.pk, "fieldValues": wrong}
    )
    assert "FieldValues" in error(refused)
    assert ActorLink.objects.count() == 1, "both or nothing"


def test_values_are_those_of_the_record(acme_api, delivered):
    record = Record.objects.get(item_name="P-2")
    told = ask(acme_api, "GetFieldValuesFromCrm", recordId=record.pk, actorTypeCrm="Payment")
    assert {each["CrmFieldKey"]: each["Value"] for each in told}["Number"] == "P-2"
    asked = {"erpConnectionId": delivered.pk, "crmActorType": "payment", "entityId": record.pk}
    assert ask(acme_api, "GetErpFieldValues", **asked, fieldKeys=["Number", "None", "Amount"]) == [
        "P-2",
        None,
        "100",
    ]
    by_key = {"erpConnectionId": delivered.pk, "actorTypeErp": "Payment", "erpKey": record.item_id}
    assert len(ask(acme_api, "GetFieldValuesFromErp", **by_key)) == len(told)
    assert ask(acme_api, "GetFieldValuesFromCrm", recordId=987_654_321) == []


def test_no_operation_reaches_another_client(borealis_api, acme_api, delivered, save):
    """By ids that exist, a foreign client hears the same as by ids that do not."""
    save()
    record = Record.objects.first()
    own = make_system(delivered.client, name="Acme's own")

    def named(key, row, connector):
        ids = ("erpConnectionId", "erpSyncConnectionId", "connectionId")
        rows = ("crmRecordId", "recordId", "entityId")
        systems = ("erpConnectorId", "erpSyncConnectorId", "erpSyncConnectorEntityId")
        arguments = dict.fromkeys(ids, key) | dict.fromkeys(rows, row) | dict.fromkeys(systems, connector)
        return arguments | {
            "internalKeyIds": [row], "externalKeys": [record.item_id], "erpKey": record.item_id,
            "configFields": {}, "fieldKeys": ["Number"], "displayName": "x", "erpConnectionIds": [key],
            "connection": {"erpConnectionId": key, "displayName": "stolen"},
        }  # fmt: skip

    def rows():
        models = (Connection, ActorLink, System, Record, IntegrationQueue)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = rows()
    asked = [
        name for name in OPERATIONS if "Engine" not in name and "SyncAll" not in name and "Url" not in name
    ]
    for name in asked:
        foreign = call(borealis_api, name, named(delivered.pk, record.pk, own.pk))
        missing = call(borealis_api, name, named(987_654_321, 987_654_321, 987_654_321))
        assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content), name
    assert rows() == before


def test_a_list_costs_as_many_questions_for_thirty_as_for_one(
    acme_api, save, system, acme, django_assert_num_queries
):
    save()
    call(acme_api, "GetAllConnections")
    Connection.objects.bulk_create(Connection(client=acme, system=system, name=f"{n}") for n in range(30))
    with django_assert_num_queries(3):
        assert len(ask(acme_api, "GetAllConnections")) == 31
