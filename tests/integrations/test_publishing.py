from itertools import product

import pytest
from django.db import IntegrityError, transaction

from integrations import publishing
from integrations.activation import disable
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.models import (
    Client,
    ClientIntegration,
    Entity,
    Integration,
    IntegrationVersion,
    Schedule,
)
from integrations.principals import Principal, Scope
from integrations.publishing import publish, warnings
from tests.cast import (
    PAYMENT,
    draft_integration,
    make_action,
    make_activation,
    make_entity,
    make_integration,
    make_schedule,
    make_system,
)


@pytest.fixture
def save(payments_out, as_staff, now):
    """Changes the published export: `save(name="New name")`."""

    def save(**changes):
        integration = Integration.objects.get(pk=payments_out.pk)
        for name, value in changes.items():
            setattr(integration, name, value)
        return publish(integration, by=as_staff, now=now)

    return save


def refused_fields(refusal):
    return {fault.field for fault in refusal.value.faults}


def test_publishing_saves_the_definition_with_its_first_version(payment, as_staff, now):
    integration = draft_integration(payment, filter="x => x.Amount > 100")
    version = publish(integration, by=as_staff, now=now)
    saved = Integration.objects.get()
    assert (saved.version, saved.row_version) == (1, 1)
    assert (version.number, version.published_on, version.published_by) == (1, now, as_staff.user)
    assert version.definition["filter"] == "x => x.Amount > 100"
    assert version.definition["entity_id"] == "Payment"


def test_a_version_says_everything_of_the_definition(payments_out):
    kept_elsewhere = {"id", "version", "row_version", "created_on", "updated_on"}
    fields = {field.attname for field in Integration._meta.concrete_fields} - kept_elsewhere
    assert set(payments_out.versions.get().definition) == fields


def test_every_publishing_makes_a_version_and_leaves_the_earlier_ones(save, payments_out):
    save(name="Second")
    save(name="Third")
    versions = IntegrationVersion.objects.order_by("number")
    assert [(each.number, each.definition["name"]) for each in versions] == [
        (1, "Payments to the ERP"),
        (2, "Second"),
        (3, "Third"),
    ]
    payments_out.refresh_from_db()
    assert (payments_out.version, payments_out.row_version) == (3, 3)


def test_the_history_names_the_author(save, payments_out, as_staff):
    save(name="Second")
    latest = payments_out.history.first()
    assert (latest.name, latest.history_user) == ("Second", as_staff.user)


def test_a_row_that_has_changed_meanwhile_is_a_conflict(save, payments_out, as_staff, now):
    save(name="Second")
    payments_out.name = "From an old page"
    with pytest.raises(Conflict, match="meanwhile"):
        publish(payments_out, by=as_staff, now=now)
    assert Integration.objects.get().name == "Second"


def test_a_deleted_integration_cannot_be_published(payments_out, as_staff, now):
    stale = Integration.objects.get()
    payments_out.delete()
    with pytest.raises(Conflict):
        publish(stale, by=as_staff, now=now)


def test_nothing_of_a_refused_definition_is_saved(save, payments_out):
    before = Integration.objects.values().get()
    with pytest.raises(Refused):
        save(name="Second", filter="x =>")
    assert Integration.objects.values().get() == before
    assert payments_out.versions.count() == 1


# Who may


def test_a_client_publishes_its_own_over_parts_of_its_own(payment, acme, as_acme, now):
    integration = draft_integration(payment, acme)
    publish(integration, by=as_acme, now=now)
    assert Integration.objects.get().owner == acme


def test_a_client_touches_no_integration_of_the_hub(payments_out, as_acme, now):
    payments_out.name = "Mine"
    with pytest.raises(NotAllowed):
        publish(payments_out, by=as_acme, now=now)
    switched_off = Integration.objects.get()
    switched_off.active = False
    with pytest.raises(NotAllowed):
        publish(switched_off, by=as_acme, now=now)
    kept = Integration.objects.get()
    assert (kept.name, kept.active) == ("Payments to the ERP", True)


def test_a_client_touches_no_integration_of_another(payment, acme, as_borealis, now):
    integration = make_integration(payment, acme, now=now)
    with pytest.raises(NotAllowed):
        publish(integration, by=as_borealis, now=now)


def test_staff_who_picked_a_client_publish_for_that_one_and_for_the_hub(payment, acme, borealis, now):
    staff = Principal(user=None, client=acme, scopes=frozenset(Scope.values))
    publish(draft_integration(payment), by=staff, now=now)
    publish(draft_integration(payment, acme), by=staff, now=now)
    with pytest.raises(NotAllowed):
        publish(draft_integration(payment, borealis), by=staff, now=now)


def test_an_integration_keeps_its_owner(payment, acme, as_staff, now):
    integration = make_integration(payment, acme, now=now)
    integration.owner = None
    with pytest.raises(Refused) as refusal:
        publish(integration, by=as_staff, now=now)
    assert refusal.value.field == "owner"


# What it is built from


@pytest.mark.parametrize(
    ("part", "make"), [("system", make_system), ("action", make_action), ("schedule", make_schedule)]
)
@pytest.mark.parametrize("whose", ["the hub's own", "another client's", "shareable"])
def test_a_client_builds_on_its_own_parts_and_on_shareable_ones(
    payment, acme, borealis, as_acme, now, part, make, whose
):
    owner = borealis if whose == "another client's" else None
    row = make(owner, name="Theirs", shareable=whose == "shareable")
    integration = draft_integration(payment, acme, **{part: row})
    if whose == "shareable":
        publish(integration, by=as_acme, now=now)
        assert getattr(Integration.objects.get(), part) == row
    else:
        with pytest.raises(Refused) as refusal:
            publish(integration, by=as_acme, now=now)
        assert refused_fields(refusal) == {part}


def test_the_hub_builds_on_no_part_of_a_client(save, acme):
    with pytest.raises(Refused) as refusal:
        save(system=make_system(acme), action=make_action(acme), schedule=make_schedule(acme))
    assert refused_fields(refusal) == {"system", "action", "schedule"}


def test_an_action_is_checked_by_its_handler(save):
    with pytest.raises(Refused) as refusal:
        save(action=make_action(name="Unknown", handler="os.system"))
    assert refusal.value.field == "action"


def test_an_integration_without_an_action_can_be_published(save):
    save(action=None)
    assert Integration.objects.get().action is None


def test_an_entity_that_does_not_hold_together_is_refused(save):
    Entity.objects.update(key_property="Nothing")
    with pytest.raises(Refused, match="declares no property Nothing") as refusal:
        save()
    assert refusal.value.field == "entity"


# Fields


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"notes": "\ud800"}, "notes"),
        ({"element_id": "x" * 257}, "element_id"),
        ({"entity_id": "Nothing"}, "entity"),
        ({"entity_id": "a\0b"}, "entity"),
        ({"entity_id": None}, "entity"),
        ({"direction_id": "Sideways"}, "direction"),
        ({"system_id": 999_999}, "system"),
        ({"action_id": 999_999}, "action"),
        ({"schedule_id": None}, "schedule"),
        ({"consent_type_id": "Oral"}, "consent_type"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_attempts": "many"}, "max_attempts"),
        ({"batch_size": 1001}, "batch_size"),
        ({"active": None}, "active"),
        ({"backoff": []}, "backoff"),
        ({"backoff": [-1]}, "backoff"),
        ({"backoff": "soon"}, "backoff"),
        ({"strict_order": True}, "strict_order"),
        ({"continuous": True}, "continuous"),
    ],
)
def test_a_wrong_field_is_named(save, changes, field):
    with pytest.raises(Refused) as refusal:
        save(**changes)
    assert refused_fields(refusal) == {field}


def test_all_wrong_fields_are_named_at_once(save):
    with pytest.raises(Refused) as refusal:
        save(name="", batch_size=0)
    assert refused_fields(refusal) == {"name", "batch_size"}


def test_a_client_owned_integration_cannot_be_managed(payment, acme, as_acme, now):
    with pytest.raises(Refused, match="cannot be managed"):
        publish(draft_integration(payment, acme, managed=True), by=as_acme, now=now)


def test_a_name_is_unique_per_owner_and_says_nothing_of_other_owners(
    payments_out, payment, acme, borealis, as_acme, as_borealis, now
):
    publish(draft_integration(payment, acme), by=as_acme, now=now)
    publish(draft_integration(payment, borealis), by=as_borealis, now=now)
    with pytest.raises(Refused):
        publish(draft_integration(payment, acme), by=as_acme, now=now)
    assert Integration.objects.filter(name=payments_out.name).count() == 3


def test_a_filter_is_refused_with_the_place_of_the_error(save):
    with pytest.raises(Refused) as refusal:
        save(filter="x => x.Colour == 1")
    assert refusal.value.field == "filter"
    assert refusal.value.message.startswith("At character 8: ")


def test_entity_and_direction_are_fixed_once_items_have_been_queued(save, monkeypatch):
    make_entity("Invoice", PAYMENT)
    save(entity_id="Invoice")
    monkeypatch.setattr(publishing, "ledger_checks", [lambda integration: True])
    for changes in ({"entity_id": "Payment"}, {"direction_id": "Inbound"}):
        with pytest.raises(Refused, match="fixed") as refusal:
            save(**changes)
        assert f"{refusal.value.field}_id" in changes


# Flags


def refuse_by_the_rules(old, new):
    """The rules of the contract, said once more: what a definition may change into."""
    keeps = (not new["continuous"] or new["include_update"]) and (
        not new["include_update"] or new["outbound"]
    )
    ticked = [flag for flag in ("include_update", "continuous") if new[flag] and not old[flag]]
    return not keeps or (bool(ticked) and not (new["active"] and new["outbound"]))


STATES = [
    dict(zip(("active", "outbound", "include_update", "continuous"), values, strict=True))
    for values in product((True, False), repeat=4)
]
VALID = [
    state
    for state in STATES
    if (state["include_update"] or not state["continuous"])
    and (state["outbound"] or not state["include_update"])
]


def as_fields(state):
    direction = "Outbound" if state["outbound"] else "Inbound"
    return {**{name: state[name] for name in state if name != "outbound"}, "direction_id": direction}


@pytest.mark.parametrize("old", VALID, ids=str)
def test_flags_are_ticked_by_the_rules_and_kept_when_deactivating(save, old):
    for new in STATES:
        Integration.objects.update(**as_fields(old), action=None)  # an action is for one direction
        if refuse_by_the_rules(old, new):
            with pytest.raises(Refused):
                save(**as_fields(new))
            new = old
        else:
            save(**as_fields(new))
        saved = Integration.objects.values("active", "include_update", "continuous", "direction_id").get()
        assert saved == as_fields(new)


@pytest.mark.parametrize("state", [state for state in STATES if state not in VALID], ids=str)
def test_the_database_holds_the_invariants_itself(payments_out, state):
    with pytest.raises(IntegrityError), transaction.atomic():
        Integration.objects.update(**as_fields(state))


def test_both_flags_can_be_ticked_at_once(save):
    save(include_update=True, continuous=True)
    assert Integration.objects.get().continuous


def test_a_new_integration_may_come_with_flags(payment, as_staff, now):
    publish(draft_integration(payment, include_update=True, continuous=True), by=as_staff, now=now)
    draft = draft_integration(payment, name="Other", include_update=True, active=False)
    with pytest.raises(Refused) as refusal:
        publish(draft, by=as_staff, now=now)
    assert refused_fields(refusal) == {"include_update"}


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({}, False),
        ({"include_update": True, "continuous": True}, True),
        ({"include_update": True, "continuous": True, "filter": 'x => x.Status == "Open"'}, True),
        (
            {
                "include_update": True,
                "continuous": True,
                "filter": "x => x.UpdatedOn > DateTime.UtcNow.AddDays(-30)",
            },
            False,
        ),
    ],
)
def test_a_continuous_integration_without_a_date_bound_is_warned_of(save, changes, warned, now):
    save(**changes)
    assert bool(warnings(Integration.objects.get(), now=now)) is warned


# In effect everywhere


@pytest.fixture
def both(acme, borealis, payments_out, now):
    """Two clients' uses of the export, switched on."""
    return [make_activation(client, payments_out, now=now) for client in (acme, borealis)]


def test_publishing_as_not_active_stops_every_client_and_as_active_starts_those_that_were_on(
    both, payments_out, as_staff, as_borealis, now
):
    payments_out.active = False
    publish(payments_out, by=as_staff, now=now)
    assert not ClientIntegration.objects.runnable().exists()
    assert ClientIntegration.objects.filter(enabled=True).count() == 2
    disable(both[1], now=now, by=as_borealis)
    payments_out.active = True
    publish(payments_out, by=as_staff, now=now)
    assert list(ClientIntegration.objects.runnable()) == [both[0]]


def test_clients_that_have_not_overridden_the_schedule_follow_the_new_default(both, save, now):
    Schedule.objects.create(name="Own", cron="15 * * * *")
    ClientIntegration.objects.filter(pk=both[1].pk).update(schedule=Schedule.objects.get(name="Own"))
    ClientIntegration.objects.update(next_run_at=now.replace(minute=15))
    save(schedule=make_schedule(name="Half past", cron="30 * * * *"))
    for row in both:
        row.refresh_from_db()
    assert [row.next_run_at.minute for row in both] == [30, 15]


def test_asking_for_consent_stops_clients_that_have_not_given_it(both, save):
    save(consent_type_id="Confirm")
    assert not ClientIntegration.objects.runnable().exists()


def test_publishing_by_the_hub_itself_needs_no_principal(payment, acme, now):
    version = publish(draft_integration(payment, acme), by=None, now=now)
    assert version.published_by is None
    assert Client.objects.get().integrations.count() == 1
