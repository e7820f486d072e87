"""The past of a definition: told apart, gone back to, and in effect for many clients at once."""

from threading import Thread

import pytest
from django.db import connection

from integrations import activation as activations
from integrations import publishing, versions
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.models import Client, ClientIntegration, Integration, IntegrationVersion, Schedule
from integrations.principals import Principal, Scope
from tests.cast import (
    PAYMENT,
    make_entity,
    make_integration,
    make_principal,
    make_schedule,
    make_system,
)


@pytest.fixture
def save(payments_out, now):
    def save(**changes):
        integration = Integration.objects.get(pk=payments_out.pk)
        for name, value in changes.items():
            setattr(integration, name, value)
        return publishing.publish(integration, by=None, now=now)

    return save


def version(number):
    return IntegrationVersion.objects.get(number=number)


def test_a_diff_says_field_by_field_what_changed(save):
    save(filter="x => x.Lines > 1", batch_size=5, parallel=False)
    changes = {change.field: change for change in versions.diff(version(1), version(2))}
    assert set(changes) == {"filter", "batch_size", "parallel"}
    assert (changes["batch_size"].before, changes["batch_size"].after) == (20, 5)
    assert {change.text for change in changes.values()} == {
        "Filter: nothing → x => x.Lines > 1",
        "Batch size: 20 → 5",
        "Parallel: yes → no",
    }


def test_rows_go_by_their_names_in_a_diff(save):
    save(system=make_system(name="New ERP"))
    (change,) = versions.diff(version(1), version(2))
    assert (change.field, change.text) == ("system", "System: ERP → New ERP")
    save(system=make_system(name="Newest ERP"))
    version(2).integration.system.__class__.objects.get(name="New ERP").delete()
    (change,) = versions.diff(version(2), version(3))
    assert change.text == f"System: system {change.before}, deleted since → Newest ERP"


def test_the_same_version_twice_shows_no_change(save):
    assert versions.diff(version(1), version(1)) == []


def test_going_back_publishes_the_old_definition_as_a_new_version(save, as_staff, now):
    save(filter="x => x.Lines > 1", batch_size=5)
    reverted = versions.revert(version(1), by=as_staff, now=now)
    assert (reverted.number, reverted.published_by) == (3, as_staff.user)
    assert reverted.definition == version(1).definition
    current = Integration.objects.get()
    assert (current.filter, current.batch_size, current.version) == (None, 20, 3)
    assert version(2).definition["batch_size"] == 5


def test_going_back_to_what_is_gone_is_refused(save, as_staff, now):
    save(system=make_system(name="New ERP"))
    version(1).integration.system.__class__.objects.filter(name="ERP").delete()
    with pytest.raises(Refused) as refusal:
        versions.revert(version(1), by=as_staff, now=now)
    assert refusal.value.field == "system"
    assert Integration.objects.get().version == 2


def test_a_client_does_not_go_back_for_the_hub(save, as_acme, now):
    with pytest.raises(NotAllowed):
        versions.revert(version(1), by=as_acme, now=now)


def test_the_past_is_seen_by_its_owner_and_by_staff(payments_out, payment, acme, as_acme, as_borealis, now):
    own = make_integration(payment, acme, now=now, name="Own")
    staff_for_acme = Principal(user=None, client=acme, scopes=frozenset(Scope.values))
    assert [each.integration for each in IntegrationVersion.objects.visible_to(as_acme)] == [own]
    assert not IntegrationVersion.objects.visible_to(as_borealis).exists()
    assert IntegrationVersion.objects.visible_to(staff_for_acme).count() == 2


def test_staff_publish_by_permission_alone(payments_out, django_user_model, now):
    user = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk = Principal(user=user, client=None, scopes=frozenset(Scope.values))
    with pytest.raises(NotAllowed, match="permission"):
        publishing.publish(payments_out, by=clerk, now=now)


def test_a_client_s_own_person_publishes_its_own(payment, acme, django_user_model, now):
    own = make_integration(payment, acme, now=now, name="Own")
    member = Principal(django_user_model.objects.create_user("member"), acme, frozenset({Scope.WRITE}))
    assert publishing.publish(own, by=member, now=now).number == 2


# Publishing to many


CLIENTS = 500
EDITORS = 3


@pytest.fixture
def crowd(now):
    """Clients that have switched a managed integration on, each with a sign-in of its own."""
    integration = make_integration(
        make_entity("Payment", PAYMENT), now=now, allow_schedule_update=True, schedule=make_schedule()
    )
    clients = Client.objects.bulk_create(Client(code=f"c{n}", name=f"C {n}") for n in range(CLIENTS))
    ClientIntegration.objects.bulk_create(
        ClientIntegration(
            client=client,
            integration=integration,
            enabled=True,
            username=client.code,
            secret=f"secret of {client.code}",
        )
        for client in clients
    )
    activations.align(integration.activations.all(), now=now)
    return integration


def edit(activation, schedule, now):
    """One client's own change, whatever is being published meanwhile."""
    by = make_principal(activation.client)
    activations.choose_schedule(activation, schedule, now=now, by=by)
    activations.pause(activation, now=now, by=by)


def edit_in_threads(rows, schedule, now):
    def edit_all(share):
        try:
            for row in share:
                edit(row, schedule, now)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    failures: list[Exception] = []
    threads = [Thread(target=edit_all, args=(rows[n::EDITORS],)) for n in range(EDITORS)]
    for thread in threads:
        thread.start()
    return threads, failures


def republish(integration, now, **changes):
    draft = Integration.objects.get(pk=integration.pk)
    for name, value in changes.items():
        setattr(draft, name, value)
    publishing.publish(draft, by=None, now=now)


@pytest.mark.django_db(transaction=True)
def test_while_clients_edit_publishing_converges_and_every_field_of_theirs_stays(crowd, now):
    own = Schedule.objects.create(name="Own", cron="5 5 * * *")
    new_default = Schedule.objects.create(name="New default", cron="7 7 * * *")
    editing = list(crowd.activations.select_related("client").defer("secret")[:12])
    threads, failures = edit_in_threads(editing, own, now)
    for size in (21, 22, 23):
        republish(crowd, now, batch_size=size, schedule=new_default)
    for thread in threads:
        thread.join()
    assert failures == []
    crowd.refresh_from_db()
    assert (crowd.version, crowd.batch_size) == (4, 23)
    activations.align(crowd.activations.all(), now=now)
    edited = crowd.activations.filter(pk__in=[row.pk for row in editing])
    untouched = crowd.activations.exclude(pk__in=[row.pk for row in editing])
    assert set(edited.values_list("schedule", "paused", "runnable")) == {(own.pk, True, False)}
    assert set(untouched.values_list("schedule", "paused", "runnable")) == {(None, False, True)}
    assert all(
        (row.username, row.secret) == (row.client.code, f"secret of {row.client.code}")
        for row in crowd.activations.select_related("client")
    )


def test_publishing_that_breaks_in_the_middle_changes_nothing(db, crowd, now, monkeypatch):
    before = list(ClientIntegration.objects.order_by("pk").values())
    told = []

    def break_off(changed, now):
        told.extend(changed)
        raise RuntimeError("power cut")

    monkeypatch.setattr(activations, "listeners", [break_off])
    with pytest.raises(RuntimeError):
        republish(crowd, now, active=False)
    assert len(told) == CLIENTS
    assert Integration.objects.get().active
    assert IntegrationVersion.objects.count() == 1
    assert list(ClientIntegration.objects.order_by("pk").values()) == before


def test_of_two_who_publish_what_they_read_one_is_told_to_read_again(payments_out, now):
    first, second = Integration.objects.get(), Integration.objects.get()
    publishing.publish(first, by=None, now=now)
    with pytest.raises(Conflict):
        publishing.publish(second, by=None, now=now)
