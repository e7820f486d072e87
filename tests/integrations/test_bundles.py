import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import bundle_texts, bundles
from integrations.errors import NotAllowed, Refused
from integrations.models import Action, Entity, Integration, IntegrationVersion, Schedule, System
from tests.cast import make_integration


@pytest.fixture
def bundle(payments_out):
    return bundles.export(Integration.objects.all())


def changes(steps):
    return {f"{step.kind}/{step.name}": step.changes for step in steps}


def test_a_bundle_holds_what_an_integration_is_built_from_and_no_secret(bundle, payment, acme, now):
    System.objects.update(secret="hunter2", username="hub")
    make_integration(payment, acme, name="Own", now=now)
    again = bundles.export(Integration.objects.all())
    assert {kind: len(rows) for kind, rows in again.items()} == dict.fromkeys(bundles.KINDS, 1)
    assert again["systems"][0]["username"] == "hub"
    for kind in bundle_texts.FORMATS:
        assert "hunter2" not in bundle_texts.write(again, kind)


def test_what_came_out_changes_nothing_when_it_comes_in_again(bundle, as_staff, now):
    for kind in bundle_texts.FORMATS:
        text = bundle_texts.write(bundle, kind)
        assert bundles.try_out(bundle_texts.read(text, kind), by=as_staff, now=now) == []


def test_an_empty_hub_is_filled_by_a_bundle(bundle, as_staff, now):
    for model in (IntegrationVersion, Integration, Action, Schedule, System, Entity):
        model.objects.all().delete()
    steps = bundles.bring_in(bundle, by=as_staff, now=now)
    assert [step.is_new for step in steps] == [True] * 5
    assert bundles.export(Integration.objects.all()) == bundle
    assert IntegrationVersion.objects.get().published_by == as_staff.user
    assert Entity.objects.get().row_version == 1


def test_a_dry_run_says_what_would_change_and_changes_nothing(bundle, as_staff, now):
    bundle["integrations"][0] |= {"batch_size": 5, "filter": "x => x.Amount > 1", "element_id": "E1"}
    bundle["schedules"][0]["cron"] = "5 * * * *"
    bundle["entities"][0]["properties"].append({"name": "Extra", "type": "String", "nullable": True})
    found = changes(bundles.try_out(bundle, by=as_staff, now=now))
    assert found["integrations/Payments to the ERP"] == [
        "Element id: nothing → E1",
        "Filter: nothing → x => x.Amount > 1",
        "Batch size: 20 → 5",
    ]
    assert found["schedules/Hourly"] == ["Cron: 0 * * * * → 5 * * * *"]
    assert found["entities/Payment"] == ["Property Extra: nothing → String, may be empty"]
    assert len(found) == 3
    assert Integration.objects.get().version == 1
    assert Entity.objects.get().row_version == 1
    assert changes(bundles.bring_in(bundle, by=as_staff, now=now)) == found
    assert (Integration.objects.get().version, Integration.objects.get().element_id) == (2, "E1")
    assert Entity.objects.get().row_version == 2


@pytest.mark.parametrize(
    ("kind", "fault", "said"),
    [
        ("integrations", {"filter": "x => x.Nothing"}, "integrations/Payments to the ERP: At character"),
        ("integrations", {"system": "Nowhere"}, "There is no system 'Nowhere'"),
        ("schedules", {"cron": "61 * * * *"}, "schedules/Hourly:"),
        ("systems", {"base_url": "ftp://x"}, "systems/ERP:"),
        ("actions", {"handler": "os.system"}, "actions/Send:"),
        ("entities", {"key_property": "1x"}, "entities/Payment:"),
    ],
)
def test_a_rule_that_is_broken_is_named_with_its_row_and_nothing_is_changed(
    bundle, as_staff, now, kind, fault, said
):
    bundle[kind][0] |= fault
    bundle["schedules"].insert(0, {"name": "New", "cron": "0 0 * * *"})
    with pytest.raises(Refused) as refused:
        bundles.bring_in(bundle, by=as_staff, now=now)
    assert said in refused.value.message
    assert not Schedule.objects.filter(name="New").exists()


def test_only_staff_bring_in_bundles(bundle, as_acme, now):
    with pytest.raises(NotAllowed):
        bundles.try_out(bundle, by=as_acme, now=now)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("yaml", "integrations: [", "cannot be read as YAML: line 1, column 16: expected the node content"),
        ("yaml", "a: &a [1]\nb: *a", "aliases are not allowed"),
        ("yaml", "!!python/object/apply:os.system [ls]", "cannot be read as YAML"),
        ("json", "[" * 10_000, "cannot be read as JSON"),
        ("json", "[]", "the document: [] is not of type 'object'"),
        ("json", '{"integrations": [{"name": "x", "secret": "y"}]}', "integrations/0: Additional"),
        ("json", '{"integrations": [{"active": true}]}', "integrations/0: 'name' is a required"),
        ("csv", "colour\nred", "name"),
        ("csv", "name,active\nx", "fewer cells"),
        ("csv", "name,active\nx,perhaps", "integrations/0/active: 'perhaps'"),
        ("yaml", "x" * (bundle_texts.LARGEST + 1), "at most"),
    ],
)
def test_a_text_that_is_no_bundle_is_refused_with_the_place(kind, text, said):
    with pytest.raises(Refused) as refused:
        bundle_texts.read(text, kind)
    assert said in refused.value.message


@given(notes=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_what_people_write_survives_every_format(notes):
    bundle = {**{kind: [] for kind in bundles.KINDS}, "integrations": [{"name": "x", "notes": notes}]}
    for kind in bundle_texts.FORMATS:
        (row,) = bundle_texts.read(bundle_texts.write(bundle, kind), kind)["integrations"]
        assert row["notes"] == notes


def test_a_spreadsheet_holds_no_formula():
    row = {"name": "=cmd()", "notes": "@sum"}
    text = bundle_texts.write({"integrations": [row]}, "csv")
    assert "'=cmd()" in text
