import json
from itertools import islice

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import timezone

from demo import seed, table
from demo.definitions import PAYMENT_STATUS_POLL, RATES_EXPORT, TREASURY_REPORT
from demo.rates import read_rates
from integrations import canonical, credentials, filters, publishing
from integrations.models import Client, ClientIntegration, Credential, Integration, Record, System
from integrations.principals import Scope

pytestmark = [pytest.mark.django_db, pytest.mark.broad]

URL = "http://127.0.0.1:8001"
RATES_HERE = 60
PAYMENTS_HERE = 40


@pytest.fixture(autouse=True)
def few_records(monkeypatch):
    """A fraction of the data: what is tested does not depend on how much there is."""
    monkeypatch.setattr(seed, "read_rates", lambda: islice(read_rates(), RATES_HERE))
    monkeypatch.setattr(seed, "PAYMENTS_EACH", PAYMENTS_HERE)


def plant(url=URL, *, moves=True):
    return seed.plant(erp_url=url, erp_moves=moves, now=timezone.now())


def who(scheme, prefix, secret):
    credential = credentials.authenticate(scheme, prefix=prefix, secret=secret, now=timezone.now())
    return credential and credentials.principal_of(credential)


def bearer(token):
    prefix, _, secret = token.partition(".")
    return who("bearer", prefix, secret)


def everything():
    """All that a second planting must leave as it was."""
    return {
        "clients": list(Client.objects.values_list("code", "row_version")),
        "records": list(Record.objects.order_by("pk").values_list("pk", "digest", "stored_on")),
        "integrations": list(Integration.objects.values_list("pk", "version")),
        "activations": list(ClientIntegration.objects.values_list("pk", "activation_no", "row_version")),
        "systems": [(system.pk, system.secret, system.row_version) for system in System.objects.all()],
    }


def test_one_client_holds_all_rates_and_the_others_payments():
    plant()

    held = {
        client.code: set(Record.objects.for_client(client).values_list("entity", flat=True))
        for client in Client.objects.all()
    }
    assert held == {"nordwind": {"ExchangeRate"}, "acme": {"Payment"}, "borealis": {"Payment"}}
    assert Record.objects.filter(entity="ExchangeRate").count() == RATES_HERE
    assert Record.objects.filter(entity="Payment").count() == 2 * PAYMENTS_HERE


def test_the_shape_that_automation_reads():
    shown = plant().as_json()

    assert json.loads(json.dumps(shown)) == shown
    assert set(shown) == {"staff", "clients", "integrations", "channel"}
    assert set(shown["staff"]) == {"username", "password", "bearer"}
    assert [set(client) for client in shown["clients"]] == [{"code", "bearer", "basic", "soticket"}] * 3
    assert all(client["soticket"].startswith("7T:") for client in shown["clients"])
    assert [set(client["basic"]) for client in shown["clients"]] == [{"username", "password"}] * 3
    assert [(each["name"], each["managed"], each["direction"]) for each in shown["integrations"]] == [
        ("ECB rates export", True, "Outbound"),
        ("Payments export", True, "Outbound"),
        ("Payment status poll", False, "Outbound"),
        ("Treasury report", False, "Outbound"),
        ("Receipts import", True, "Inbound"),
    ]
    assert set(shown["channel"]) == {"id", "code", "token_local", "client"}
    assert shown["channel"]["client"] == "nordwind"


def test_the_keys_open_the_doors_they_are_for():
    shown = plant().as_json()

    assert bearer(shown["staff"]["bearer"]).spans_clients
    for client in shown["clients"]:
        principals = [bearer(client["bearer"]), who("basic", *client["basic"].values())]
        assert [principal.client.code for principal in principals] == [client["code"]] * 2
        assert all(principal.scopes == set(Scope.values) - {Scope.STAFF} for principal in principals)


def test_the_one_time_password_signs_staff_in():
    staff = plant().staff

    user = authenticate(RequestFactory().get("/"), username=staff.username, password=staff.password)

    assert user is not None
    assert user.is_superuser


def test_planting_again_changes_nothing_but_the_keys():
    first = plant()
    before = everything()

    second = plant()

    assert everything() == before
    assert first.staff.password != second.staff.password
    assert bearer(first.staff.bearer) is None
    assert bearer(first.clients[0].bearer) is None
    assert bearer(second.clients[0].bearer) is not None
    assert Credential.objects.valid(timezone.now()).count() == 10


def test_a_planting_that_was_cut_off_is_completed():
    plant()
    whole = set(Record.objects.values_list("client", "item_id", "digest"))
    lost = list(Record.objects.order_by("?").values_list("pk", flat=True)[:50])
    Record.objects.filter(pk__in=lost).delete()

    plant()

    assert set(Record.objects.values_list("client", "item_id", "digest")) == whole


def test_what_people_have_changed_stays():
    plant()
    integration = Integration.objects.get(name=RATES_EXPORT)
    integration.filter = "x => x.Rate > 100"
    publishing.publish(integration, by=None, now=timezone.now())
    used = ClientIntegration.objects.get(integration=integration)
    ClientIntegration.objects.filter(pk=used.pk).update(enabled=False)

    plant()

    assert Integration.objects.get(name=RATES_EXPORT).filter == "x => x.Rate > 100"
    assert not ClientIntegration.objects.get(pk=used.pk).enabled


def test_the_erp_moves_only_when_it_is_told_to():
    plant()

    plant("http://127.0.0.1:9001", moves=False)
    assert set(System.objects.values_list("base_url", flat=True)) == {URL}

    plant("http://127.0.0.1:9001", moves=True)
    assert set(System.objects.values_list("base_url", flat=True)) == {"http://127.0.0.1:9001"}


def test_whoever_tried_a_wrong_secret_in_the_demo_finds_it_working_after_the_next_start():
    plant()
    for system in System.objects.exclude(owner=None):
        system.authentication, system.secret = System.Authentication.BASIC, "wrong"
        system.save()

    plant(moves=False)
    assert {system.secret for system in System.objects.exclude(owner=None)} == {"wrong"}

    planted = plant(moves=True)
    systems = System.objects.all()
    assert {(system.authentication, system.secret) for system in systems} == {("bearer", planted.erp_bearer)}
    versions = list(systems.values_list("row_version", flat=True))
    plant(moves=True)
    assert list(systems.values_list("row_version", flat=True)) == versions


def test_the_erp_is_signed_in_to_with_one_token_kept_encrypted():
    planted = plant()

    assert {system.secret for system in System.objects.all()} == {planted.erp_bearer}
    assert planted.erp_bearer not in repr(planted)


def test_a_clients_own_integration_stands_on_its_own_parts():
    plant()

    own = Integration.objects.get(name=TREASURY_REPORT)

    assert {own.owner, own.system.owner, own.action.owner, own.schedule.owner} == {
        Client.objects.get(code="borealis")
    }


def test_every_activation_is_on_and_due():
    plant()

    assert ClientIntegration.objects.filter(runnable=True, next_run_at__isnull=False).count() == 6


def test_the_poll_is_bounded_by_a_date_and_asks_about_few(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(seed, "read_rates", list)
    plant()
    poll = Integration.objects.get(name=PAYMENT_STATUS_POLL)
    compiled, now = filters.compiled(poll), timezone.now()
    schema = poll.entity.schema()

    asked = [
        record
        for record in Record.objects.filter(client__code="acme")
        if compiled.matches(canonical.typed(schema, record.data), now)
    ]

    assert publishing.warnings(poll, now=timezone.now()) == []
    assert 0 < len(asked) <= 20


def test_the_command_prints_the_object_alone(capsys):
    call_command("hub_demo", "--json")

    assert set(json.loads(capsys.readouterr().out)) == {"staff", "clients", "integrations", "channel"}


def test_the_command_leaves_the_erp_where_it_is_unless_a_port_is_set(monkeypatch, settings, capsys):
    plant()
    settings.ERP_PORT = 9001
    for name in ("PORT", "ERP_PORT"):
        monkeypatch.delenv(name, raising=False)

    call_command("hub_demo")
    assert set(System.objects.values_list("base_url", flat=True)) == {URL}

    monkeypatch.setenv("ERP_PORT", "9001")
    call_command("hub_demo")
    assert set(System.objects.values_list("base_url", flat=True)) == {"http://127.0.0.1:9001"}


def test_the_table_names_places_keys_and_a_first_command():
    planted = plant()

    shown = table.describe(planted, "http://127.0.0.1:8000")

    wanted = [
        "http://127.0.0.1:8000/admin/",
        "http://127.0.0.1:8000/docs/",
        f"{URL}/_stats",
        planted.staff.password,
        "Ctrl-C",
    ]
    wanted += [keys.bearer for keys in planted.clients]
    assert all(text in shown for text in wanted)
    assert "curl -H 'Authorization: Bearer " in shown
