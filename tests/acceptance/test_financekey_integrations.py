"""PATCH /OData/Integrations({key}), as its document prints it.

Known damage in the document: the response is "200 OK" without a body, the header enum is folded away, and two
rules about ticking contradict each other unless they are read as rules of order.
"""

import pytest

from integrations.models import Element, Entity, EntityProperty, Integration
from tests.acceptance.financekey import (
    DEFAULT,
    INTEGRATION,
    JSON,
    MEDIA_TYPES,
    faults,
    patch,
    post,
    read,
    said,
)
from tests.api import acme_api, staff_api
from tests.cast import draft_integration, make_action, make_schedule, make_system

__all__ = ["acme_api", "staff_api"]


@pytest.fixture
def address(payments_out):
    return f"Integrations({payments_out.pk})"


@pytest.fixture
def valid(db):
    """For every documented property a value other than the present one."""
    return {
        "ActionId": make_action(name="Another").pk,
        "Notes": "See the contract.",
        "ElementId": "e" * 256,
        "EntityId": _make_entity("E" * 450),
        "Filter": "x => x.Amount > 100",
        "DirectionId": "Outbound",
        "Name": "N" * 128,
        "ScheduleId": make_schedule(name="Another").pk,
        "SystemId": make_system(name="Another").pk,
        "MaxAttempts": 3,
        "IncludeUpdate": True,
        "Parallel": False,
        "ConsentTypeId": "Confirm",
        "BatchSize": 1,
        "Managed": False,
        "Continuous": True,
        "AllowScheduleUpdate": True,
    }


def _make_entity(key):
    columns = {"name": "Long", "key_property": "Id", "name_property": "Id", "updated_on_property": "On"}
    entity = Entity.objects.create(id=key, **columns)
    for name, kind in (("Id", "String"), ("On", "DateTime"), ("Amount", "Decimal")):
        EntityProperty.objects.create(entity=entity, name=name, type=kind)
    return entity.pk


def test_a_read_has_every_documented_property_in_order_and_of_its_type(staff_api, address):
    response = staff_api.get(f"/OData/{address}")
    entity = response.json()
    assert list(said(entity))[: len(INTEGRATION) + 1] == ["Id", *(name for name, _, _ in INTEGRATION)]
    for name, kind, nullable in INTEGRATION:
        assert type(entity[name]) is kind or (nullable and entity[name] is None), name
    assert entity["@odata.context"] == "http://testserver/OData/$metadata#Integrations/$entity"
    assert (response["Content-Type"], response["OData-Version"]) == (DEFAULT, "4.0")
    assert response["ETag"] == entity["@odata.etag"] == 'W/"1"'


def test_each_documented_property_is_patched_alone(staff_api, address, valid):
    before = read(staff_api, address)
    for name, _, _ in INTEGRATION:
        response = patch(staff_api, address, {name: valid[name]})
        assert response.status_code == 200, (name, response.content)
        after = response.json()
        assert after[name] == valid[name]
        assert said(after, but=(name,)) == said(before, but=(name,))
        before = after
    assert read(staff_api, address) == before


@pytest.mark.parametrize("level", ["minimal", "full", "none", None])
def test_one_patch_with_all_of_them_in_each_media_type(staff_api, address, valid, level):
    fitting = [each for each in MEDIA_TYPES if (f"metadata={level}" if level else "metadata") in each]
    if level is None:
        fitting = [each for each in MEDIA_TYPES if "metadata" not in each]
    assert len(fitting) == 9
    for number, media_type in enumerate(fitting):
        body = {**valid, "Notes": f"{number}"}
        response = patch(staff_api, address, body, media_type, accept=media_type)
        assert response.status_code == 200, (media_type, response.content)
        entity = response.json()
        assert {name: entity[name] for name in body} == body
        assert set(media_type.split(";")) <= set(response["Content-Type"].split(";"))
        assert ("@odata.context" in entity) == (level != "none")
        assert ("@odata.type" in entity) == (level == "full")


def test_a_row_is_patched_by_every_form_of_its_key(staff_api, payments_out):
    key = payments_out.pk
    for number, form in enumerate((f"({key})", f"/{key}", f"(Id={key})", f"('{key}')", f"/{key}/")):
        for root in ("Integrations", "integrations"):
            response = patch(staff_api, f"{root}{form}", {"Notes": f"{number}"})
            assert response.status_code == 200, (form, response.content)
    versioned = staff_api.patch(f"/odata/v1/Integrations({key})", {"Notes": "v1"}, content_type=DEFAULT)
    assert versioned.json()["@odata.context"].startswith("http://testserver/odata/v1/$metadata#")


def test_what_is_just_within_a_bound_is_taken(staff_api, address):
    for name, value in (
        ("ElementId", "\U0001f600" * 256),
        ("ElementId", ""),
        ("EntityId", _make_entity("E" * 450)),
        ("EntityId", _make_entity("e")),
        ("Name", "\u00e4" * 128),
        ("Name", "N"),
        ("MaxAttempts", 1),
        ("MaxAttempts", 1000),
        ("BatchSize", 1),
        ("BatchSize", 1000),
        ("Notes", "n" * 100_000),
        ("Notes", ""),
    ):
        response = patch(staff_api, address, {name: value})
        assert response.status_code == 200, (name, response.content)
        assert response.json()[name] == value


@pytest.mark.scale
def test_each_documented_property_is_patched_alone_in_each_media_type(staff_api, address, valid):
    before = read(staff_api, address)
    other = {name: before[name] for name in valid}
    for name, _, _ in INTEGRATION:
        for number, media_type in enumerate(MEDIA_TYPES):
            value = (other if number % 2 else valid)[name]
            response = patch(staff_api, address, {name: value}, media_type, accept=media_type)
            assert response.status_code == 200, (name, media_type, response.content)
            assert response.json()[name] == value
        patch(staff_api, address, {name: valid[name]})


def test_what_is_beyond_a_bound_is_refused_and_named(staff_api, address):
    before = read(staff_api, address)
    for name, value in (
        ("ElementId", "e" * 257),
        ("EntityId", "E" * 451),
        ("EntityId", ""),
        ("DirectionId", "D" * 451),
        ("DirectionId", ""),
        ("Name", "N" * 129),
        ("Name", ""),
        ("ConsentTypeId", "C" * 65),
        ("ConsentTypeId", ""),
        ("ActionId", 2**31),
        ("MaxAttempts", -(2**31) - 1),
        ("MaxAttempts", 0),
        ("MaxAttempts", 1001),
        ("BatchSize", 0),
        ("BatchSize", 1001),
        ("EntityId", "Nothing"),
        ("DirectionId", "Sideways"),
        ("ConsentTypeId", "Sometimes"),
        ("ScheduleId", 987_654_321),
        ("SystemId", 987_654_321),
        ("ActionId", 987_654_321),
        ("Filter", "x => x.Nothing > 5"),
    ):
        assert set(faults(patch(staff_api, address, {name: value}))) == {name}, (name, value)
    assert read(staff_api, address) == before


def test_null_and_other_types_are_refused_where_the_document_has_none(staff_api, address):
    wrong = {int: ["5", 5.5, True, [5], {}], str: [5, True, [""], {}], bool: ["true", 1, [True]]}
    for name, _, nullable in INTEGRATION:
        null = patch(staff_api, address, {name: None})
        assert null.status_code == (200 if nullable else 400), (name, null.content)
        if not nullable:
            assert set(faults(null)) == {name}
    mixed = {name: wrong[kind][0] for name, kind, _ in INTEGRATION}
    assert list(faults(patch(staff_api, address, mixed))) == list(mixed)
    for kind, values in wrong.items():
        name = next(name for name, each, _ in INTEGRATION if each is kind)
        for value in values:
            assert set(faults(patch(staff_api, address, {name: value}))) == {name}, (name, value)


def test_ticking_follows_the_rules_of_order(staff_api, address):
    assert set(faults(patch(staff_api, address, {"Continuous": True}))) == {"Continuous"}
    assert patch(staff_api, address, {"IncludeUpdate": True, "Continuous": True}).status_code == 200
    assert patch(staff_api, address, {"IncludeUpdate": False}).status_code == 400
    assert patch(staff_api, address, {"Active": False}).json()["Continuous"] is True
    assert patch(staff_api, address, {"Continuous": False, "IncludeUpdate": False}).status_code == 200
    assert set(faults(patch(staff_api, address, {"IncludeUpdate": True}))) == {"IncludeUpdate"}


def test_other_names_are_understood_in_bodies_and_never_together(staff_api, address):
    response = patch(
        staff_api,
        address,
        {
            "comment": "c",
            "FilterExpression": None,
            "isParallel": False,
            "MaximumAttempts": 9,
            "Direction": "Outbound",
        },
    )
    entity = response.json()
    assert (entity["Notes"], entity["Parallel"], entity["MaxAttempts"]) == ("c", False, 9)
    assert "Comment" not in entity
    assert set(faults(patch(staff_api, address, {"Notes": "a", "Comment": "b"}))) == {"Notes"}


def test_what_clients_send_along_does_no_harm(staff_api, address):
    body = {
        "@odata.type": "#FinanceKey.Integration",
        "@odata.context": "x",
        "Notes@odata.type": "#String",
        "Id": 987,
        "IntegrationId": 12,
        "Version": 99,
        "CreatedOn": "2000-01-01T00:00:00Z",
        "notes": "lower case",
    }
    before = read(staff_api, address)
    after = patch(staff_api, address, body).json()
    assert after["Notes"] == "lower case"
    assert said(after, but=("Notes",)) == said(before, but=("Notes",))
    assert patch(staff_api, address, {}).status_code == 200


def test_broken_bodies_are_told_apart(staff_api, address):
    path = f"/OData/{address}"
    for content, content_type, status in (
        (b"", DEFAULT, 400),
        (b"null", DEFAULT, 400),
        (b"[]", DEFAULT, 400),
        (b'{"Notes": ', DEFAULT, 400),
        (b'{"Notes": "a", "Notes": "b"}', DEFAULT, 400),
        (b'{"Notes": "\\u0000"}', DEFAULT, 400),
        (b'{"Nonsense": 1}', DEFAULT, 400),
        (b'{"System": {"Id": 1}}', DEFAULT, 501),
        (b"{}", "text/plain", 415),
        (b"{}", "application/xml", 415),
        (b"{}", "application/json;odata.metadata=lots", 415),
    ):
        faults(staff_api.patch(path, content, content_type=content_type), status)
    assert set(faults(patch(staff_api, address, {"Nonsense": 1}))) == {"Nonsense"}
    assert patch(staff_api, address, {}, accept="text/html").status_code == 406


def test_preferences_decide_what_comes_back(staff_api, address):
    minimal = patch(staff_api, address, {"Notes": "a"}, prefer="return=minimal")
    assert (minimal.status_code, minimal.content) == (204, b"")
    assert minimal["Preference-Applied"] == "return=minimal"
    assert minimal["OData-EntityId"] == f"http://testserver/OData/{address}"
    assert minimal["ETag"] == 'W/"2"'
    whole = patch(staff_api, address, {"Notes": "b"}, prefer="return=representation")
    assert (whole.status_code, whole["Preference-Applied"]) == (200, "return=representation")


def test_a_write_against_another_version_is_refused(staff_api, address):
    assert patch(staff_api, address, {"Notes": "a"}, if_match='W/"1"').status_code == 200
    for headers in ({"if_match": 'W/"1"'}, {"if_none_match": "*"}, {"if_none_match": 'W/"2"'}):
        faults(patch(staff_api, address, {"Notes": "b"}, **headers), 412)
    assert patch(staff_api, address, {"Notes": "c"}, if_match="*").json()["Version"] == 3
    response = staff_api.get(f"/OData/{address}", headers={"if-none-match": 'W/"3"'})
    assert (response.status_code, response.content) == (304, b"")
    faults(staff_api.delete(f"/OData/{address}", headers={"if-match": 'W/"1"'}), 412)
    faults(patch(staff_api, "Integrations(987654321)", {"Notes": "a"}, if_match="*"), 404)


def test_a_definition_is_created_replaced_bound_and_deleted(staff_api, payment, valid):
    body = {name: valid[name] for name, _, _ in INTEGRATION if name not in ("SystemId", "ScheduleId")}
    bound = {
        "System@odata.bind": f"Systems({valid['SystemId']})",
        "Schedule@odata.bind": f"http://testserver/OData/Schedules/{valid['ScheduleId']}",
    }
    made = post(staff_api, "Integrations", {**body, **bound})
    assert made.status_code == 201, made.content
    entity = made.json()
    assert {name: entity[name] for name in valid} == valid
    assert made["Location"] == f"http://testserver/OData/Integrations({entity['Id']})"
    address = f"Integrations({entity['Id']})"
    again = {
        "EntityId": "Payment",
        "DirectionId": "Outbound",
        "Name": "New",
        "ConsentTypeId": "None",
        "SystemId": valid["SystemId"],
    }
    replaced = staff_api.put(f"/OData/{address}", again, content_type=DEFAULT).json()
    assert replaced["Notes"] is None
    assert (replaced["MaxAttempts"], replaced["Parallel"], replaced["Continuous"]) == (7, True, False)
    assert replaced["ScheduleId"] == valid["ScheduleId"]
    response = staff_api.delete(f"/OData/{address}", "null", content_type=JSON)
    assert (response.status_code, response.content) == (204, b"")
    faults(staff_api.get(f"/OData/{address}"), 404)


def test_what_is_missing_at_creation_is_named_at_once(staff_api, payments_out):
    assert set(faults(post(staff_api, "Integrations", {"Name": "x"}))) == {
        "EntityId",
        "DirectionId",
        "ConsentTypeId",
    }
    given = {"EntityId": "Payment", "DirectionId": "Outbound", "ConsentTypeId": "None"}
    assert set(faults(post(staff_api, "Integrations", {**given, "Name": "x"}))) == {"ScheduleId", "SystemId"}
    taken = {**given, "Name": payments_out.name, "ScheduleId": payments_out.schedule_id}
    response = post(staff_api, "Integrations", {**taken, "SystemId": payments_out.system_id})
    faults(response)
    assert "Name" in response.content.decode()
    faults(post(staff_api, "Integrations", {**given, "System@odata.bind": "Systems(987654321)"}))


def test_single_properties_are_written(staff_api, address):
    path = f"/OData/{address}"
    put = staff_api.put(f"{path}/Notes", {"value": "alone"}, content_type=DEFAULT)
    assert (put.status_code, put.json()["value"]) == (200, "alone")
    raw = staff_api.put(f"{path}/Notes/$value", "bare", content_type="text/plain")
    assert raw.status_code == 204
    assert staff_api.get(f"{path}/Notes/$value").content == b"bare"
    assert staff_api.delete(f"{path}/Notes").status_code == 204
    assert staff_api.get(f"{path}/Notes").status_code == 204
    assert set(faults(staff_api.delete(f"{path}/Name"))) == {"Name"}
    assert set(faults(staff_api.put(f"{path}/Name", {"value": ""}, content_type=DEFAULT))) == {"Name"}
    faults(staff_api.put(f"{path}/Id", {"value": 5}, content_type=DEFAULT))
    faults(staff_api.put(f"{path}/Nothing", {"value": 5}, content_type=DEFAULT), 404)


def test_a_client_writes_its_own_definitions_and_not_the_hub_s(acme_api, acme, payment, address):
    faults(patch(acme_api, address, {"Notes": "mine"}), 403)
    faults(acme_api.delete(f"/OData/{address}"), 403)
    parts = {"system": make_system(acme), "schedule": make_schedule(acme), "action": make_action(acme)}
    body = {
        "EntityId": "Payment",
        "DirectionId": "Outbound",
        "ConsentTypeId": "None",
        "Name": "Own",
        **{f"{name.capitalize()}Id": part.pk for name, part in parts.items()},
    }
    made = post(acme_api, "Integrations", body).json()
    assert (made["OwnerCode"], made["Managed"]) == ("acme", False)
    assert patch(acme_api, f"Integrations({made['Id']})", {"Notes": "mine"}).json()["Notes"] == "mine"
    faults(patch(acme_api, f"Integrations({made['Id']})", {"Managed": True}))
    assert Integration.objects.get(pk=made["Id"]).owner == acme


def test_elements_are_staff_s_and_named_by_the_caller(staff_api, acme_api, payment):
    integration = draft_integration(payment, element_id="feed")
    integration.save()
    made = patch(staff_api, "Elements('feed')", {"Name": "The feed"})
    assert (made.status_code, made["Location"]) == (201, "http://testserver/OData/Elements('feed')")
    assert patch(staff_api, "Elements('feed')", {"Name": "Renamed"}).status_code == 200
    faults(patch(staff_api, "Elements('other')", {"Name": "x"}, if_match="*"), 412)
    faults(patch(acme_api, "Elements('other')", {"Name": "x"}), 403)
    named = read(acme_api, f"Integrations({integration.pk})/Element")
    assert named["Name"] == "Renamed"
    assert list(Element.objects.values_list("id", flat=True)) == ["feed"]
