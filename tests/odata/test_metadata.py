"""$metadata tells all there is, in XML and in JSON."""

import json

import pytest
from defusedxml.ElementTree import fromstring

from integrationhub.wire.odata import csdl_json, csdl_xml
from integrationhub.wire.odata.edm import Primitive
from integrationhub.wire.odata.registry import EntitySet, EntityType, Navigation, Property, Service
from tests.odata.northwind.models import Category
from tests.odata.northwind.service import SERVICE

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def test_the_two_forms_tell_of_the_same_things():
    xml = fromstring(csdl_xml.document(SERVICE))
    schema = json.loads(json.dumps(csdl_json.document(SERVICE)))["Northwind"]
    assert xml.get("Version") == "4.0"
    types = {
        element.get("Name"): element
        for kind in ("EntityType", "ComplexType", "EnumType", "Function", "Action")
        for element in xml.iter(f"{EDM}{kind}")
    }
    assert set(types) | {"Container"} == set(schema)
    for element in xml.iter(f"{EDM}EntityType"):
        members = {
            each.get("Name")
            for kind in ("Property", "NavigationProperty")
            for each in element.iter(f"{EDM}{kind}")
        }
        in_json = {name for name in schema[element.get("Name")] if name[0] not in "$@"}
        assert members == in_json
    [container] = xml.iter(f"{EDM}EntityContainer")
    named = {each.get("Name") for each in container if each.get("Name")}
    assert named == {name for name in schema["Container"] if name[0] not in "$@"}


def test_a_property_says_what_it_takes():
    product = csdl_json.document(SERVICE)["Northwind"]["Product"]
    assert product["$Key"] == ["ProductID"]
    assert product["ProductID"] == {"$Type": "Edm.Int32", "@Core.Computed": True}
    assert product["ProductName"] == {"$MaxLength": 40}
    assert product["UnitPrice"] == {
        "$Type": "Edm.Decimal",
        "$Nullable": True,
        "$Precision": 10,
        "$Scale": 2,
    }
    assert product["Tags"] == {
        "$Kind": "NavigationProperty",
        "$Collection": True,
        "$Type": "Northwind.Tag",
        "$Partner": "Products",
    }
    xml = fromstring(csdl_xml.document(SERVICE))
    [element] = [each for each in xml.iter(f"{EDM}EntityType") if each.get("Name") == "Product"]
    properties = {each.get("Name"): dict(each.attrib) for each in element.iter(f"{EDM}Property")}
    assert properties["ProductName"] == {
        "Name": "ProductName",
        "Type": "Edm.String",
        "Nullable": "false",
        "MaxLength": "40",
    }
    assert properties["UpdatedOn"]["Precision"] == "6"


def test_a_set_says_what_can_be_done_with_it():
    container = csdl_json.document(SERVICE)["Northwind"]["Container"]
    assert container["@Core.ODataVersions"] == "4.0 4.01"
    assert container["@Capabilities.ConformanceLevel"] == "Intermediate"
    products = container["Products"]
    assert products["@Capabilities.InsertRestrictions"]["Insertable"] is True
    assert products["@Capabilities.FilterRestrictions"]["NonFilterableProperties"] == ["Label"]
    assert container["Notes"]["@Capabilities.UpdateRestrictions"]["Updatable"] is False
    assert products["$NavigationPropertyBinding"]["Category"] == "Categories"


def test_the_form_is_the_one_that_was_asked_for(client, northwind_urls):
    def kind(path="", **headers):
        return client.get(f"/nw/$metadata{path}", headers={"Shop": "north", **headers})["Content-Type"]

    assert kind() == kind(accept="application/json, text/plain, */*") == "application/xml"
    assert kind(accept="application/json") == kind("?$format=json") == "application/json"
    assert kind("?$format=xml", accept="application/json") == "application/xml"


def test_the_service_document_lists_what_can_be_asked(client, northwind_urls):
    listed = client.get("/NW", headers={"Shop": "north"}).json()
    assert listed["@odata.context"] == "http://testserver/NW/$metadata"
    kinds = {each["name"]: each["kind"] for each in listed["value"]}
    assert kinds["Products"] == "EntitySet"
    assert kinds["Bestseller"] == "Singleton"
    assert kinds["ShopName"] == "FunctionImport"


NAME = Property("Name", Primitive.STRING, "name")


@pytest.mark.parametrize(
    "declare",
    [
        lambda: EntityType("A", key=("Id",), properties=(NAME,)),
        lambda: EntityType("A", key=("Name",), properties=(NAME, Property("NAME", NAME.type, "x"))),
        lambda: Service(
            "S",
            (
                EntitySet(
                    "As",
                    EntityType("A", ("Name",), (NAME,), (Navigation("B", "Bs", local="b", remote="pk"),)),
                    lambda _: Category.objects.none(),
                ),
            ),
        ),
    ],
)
def test_a_registry_that_contradicts_itself_is_refused(declare):
    with pytest.raises(ValueError, match=r"no property|named twice|no sets"):
        declare()
