import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from integrations import activation
from integrations.models import ClientIntegration, Consent, Integration
from tests.backoffice.people import address, messages_of, page_of
from tests.cast import make_activation, make_integration, make_schedule

ACTIVATION = "integrations.clientintegration"


@pytest.fixture
def sleeping(acme, payments_out):
    """Acme's use of the export, not switched on."""
    return activation.activate_for(acme, payments_out)


def handle(client, verb, *rows):
    chosen = {"action": verb, "_selected_action": [row.pk for row in rows]}
    return messages_of(client.post(address(ACTIVATION), chosen, follow=True))


def save(client, row, **fields):
    return client.post(
        page_of(row), {"schedule": "", "username": "", "new_secret": "", **fields}, follow=True
    )


def errors_of(page):
    return {name: list(errors) for name, errors in page.context["adminform"].form.errors.items()}


def test_an_integration_is_enabled_paused_resumed_and_disabled(superuser, sleeping):
    seen = []
    for verb in ("enable", "pause", "resume", "disable"):
        handle(superuser, verb, sleeping)
        sleeping.refresh_from_db()
        seen.append((sleeping.enabled, sleeping.paused, sleeping.runnable))
    assert seen == [(True, False, True), (True, True, False), (True, False, True), (False, False, False)]


def test_what_needs_consent_is_enabled_only_with_it(superuser, acme, payment, now):
    integration = make_integration(payment, name="With consent", consent_type_id="Confirm", now=now)
    row = activation.activate_for(acme, integration)
    assert handle(superuser, "enable", row) == [
        "1 client integration skipped: With consent needs the client's consent."
    ]
    assert handle(superuser, "agree", row) == ["1 client integration enabled with the client's consent."]
    row.refresh_from_db()
    assert row.runnable
    assert Consent.objects.get().granted_by.username == "staff"


def test_the_page_of_a_row_offers_what_fits_its_state(superuser, sleeping):
    assert [title for title, *_ in superuser.get(page_of(sleeping)).context["verbs"]] == ["Enable"]
    superuser.post(address(ACTIVATION, "handle", sleeping.pk, "enable"))
    assert [title for title, *_ in superuser.get(page_of(sleeping)).context["verbs"]] == ["Pause", "Disable"]


def test_a_problem_is_shown_in_red_where_staff_look(superuser, acme_payments, now):
    activation.note_problem(acme_payments, "No property <Amout>.", now=now)
    shown = 'hub-alarm" title="No property &lt;Amout&gt;."'
    for page in (address(ACTIVATION), page_of(acme_payments)):
        assert shown in superuser.get(page).content.decode()
    assert "No property &lt;Amout&gt;." in superuser.get("/admin/").content.decode()


@pytest.mark.parametrize(("choice", "found"), [("yes", 1), ("no", 0), ("", 1)])
def test_rows_with_a_problem_can_be_listed(superuser, acme_payments, now, choice, found):
    activation.note_problem(acme_payments, "Broken.", now=now)
    page = superuser.get(address(ACTIVATION), {"problem": choice})
    assert page.context["cl"].result_count == found
    ClientIntegration.objects.update(problem="", runnable=False)
    page = superuser.get(address(ACTIVATION), {"problem": choice})
    assert page.context["cl"].result_count == found
    assert ("hub-alarm" in page.content.decode()) == bool(found)


def test_a_consent_is_renewed_only_where_it_is_the_one_that_is_asked_for(superuser, acme, payment, now):
    row = make_activation(acme, make_integration(payment, consent_type_id="Confirm", now=now), now=now)
    offered = [title for title, *_ in superuser.get(page_of(row)).context["verbs"]]
    assert {"Renew the consent", "Withdraw the consent"} <= set(offered)
    Integration.objects.update(consent_type_id="None")
    offered = [title for title, *_ in superuser.get(page_of(row)).context["verbs"]]
    assert "Renew the consent" not in offered
    assert "Withdraw the consent" in offered


def test_staff_choose_another_schedule_or_go_back_to_the_default(superuser, acme_payments):
    nightly = make_schedule(name="Nightly", cron="0 3 * * *")
    save(superuser, acme_payments, schedule=nightly.pk)
    acme_payments.refresh_from_db()
    assert acme_payments.schedule == nightly
    save(superuser, acme_payments)
    acme_payments.refresh_from_db()
    assert acme_payments.schedule is None


def test_a_schedule_of_another_client_is_not_on_offer(superuser, acme_payments, borealis):
    foreign = make_schedule(borealis, name="Theirs")
    assert "schedule" in errors_of(save(superuser, acme_payments, schedule=foreign.pk))


def test_a_secret_goes_in_and_never_comes_out(superuser, acme_payments):
    save(superuser, acme_payments, username="acme", new_secret="hunter2")
    assert ClientIntegration.objects.get().secret == "hunter2"
    assert "hunter2" not in superuser.get(page_of(acme_payments)).content.decode()


def test_an_empty_secret_keeps_the_stored_one(superuser, acme_payments):
    save(superuser, acme_payments, username="acme", new_secret="hunter2")
    save(superuser, acme_payments, username="acme", schedule=make_schedule(name="Nightly").pk)
    row = ClientIntegration.objects.get()
    assert (row.username, row.secret, row.schedule.name) == ("acme", "hunter2", "Nightly")


def test_a_new_user_name_needs_its_secret(superuser, acme_payments):
    save(superuser, acme_payments, username="acme", new_secret="hunter2")
    page = save(superuser, acme_payments, username="other")
    assert errors_of(page) == {"new_secret": ["A new user name needs its secret."]}
    save(superuser, acme_payments)
    row = ClientIntegration.objects.get()
    assert (row.username, row.secret) == ("", "")


def test_a_secret_that_no_key_opens_breaks_no_page(superuser, acme_payments, settings):
    save(superuser, acme_payments, new_secret="hunter2")
    settings.HUB_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert superuser.get(address(ACTIVATION)).status_code == 200
    assert superuser.get(page_of(acme_payments)).status_code == 200
    assert handle(superuser, "pause", acme_payments) == ["1 client integration paused."]


def test_a_client_is_given_an_integration(superuser, acme, payments_out):
    asked = {"client": acme.pk, "integration": payments_out.pk}
    page = superuser.post(address(ACTIVATION, "add"), asked, follow=True)
    row = ClientIntegration.objects.get()
    assert page.redirect_chain == [(page_of(row), 302)]
    assert messages_of(page) == [f"{row} is added, and off. Enable it here."]
    assert (row.client, row.integration, row.enabled) == (acme, payments_out, False)
    again = superuser.post(address(ACTIVATION, "add"), asked)
    assert "already exists" in again.content.decode()


def test_another_client_s_own_integration_cannot_be_given(superuser, acme, borealis, payment):
    own = make_integration(payment, borealis, now=timezone.now())
    page = superuser.post(address(ACTIVATION, "add"), {"client": acme.pk, "integration": own.pk})
    assert errors_of(page) == {"integration": ["The integration belongs to another client."]}
    assert not ClientIntegration.objects.exists()


def test_switching_needs_the_permission_to_change(operator, acme_payments):
    viewer = operator("integrations.view_clientintegration")
    assert viewer.post(address(ACTIVATION, "handle", acme_payments.pk, "disable")).status_code == 403
    acme_payments.refresh_from_db()
    assert acme_payments.enabled
