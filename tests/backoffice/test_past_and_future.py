"""What was published and done, and when an activation runs next."""

from integrations import publishing
from integrations.models import AuditEntry, ClientIntegration, Integration, IntegrationVersion
from tests.backoffice.people import page_of


def test_the_page_of_an_activation_shows_its_next_runs_in_the_client_s_zone(superuser, acme_payments):
    page = superuser.get(page_of(acme_payments)).content.decode()
    shown = page.partition("Next five runs")[2].partition("</pre>")[0]
    assert shown.count(":00 EET") + shown.count(":00 EEST") == 5


def test_a_watermark_is_reset_from_the_page_and_the_audit_says_by_whom(superuser, acme_payments, now):
    ClientIntegration.objects.update(scanned_to=now, scanned_as="x")
    superuser.post(page_of(acme_payments).replace("/change/", "/now/reset/"))
    assert ClientIntegration.objects.get().scanned_to is None
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.client) == ("reset watermark", acme_payments.client)
    assert entry.user is not None
    assert now.isoformat() in superuser.get(page_of(entry)).content.decode()


def test_the_page_of_a_version_says_what_changed(superuser, payments_out, now):
    integration = Integration.objects.get()
    integration.batch_size = 5
    publishing.publish(integration, by=None, now=now)
    page = superuser.get(page_of(IntegrationVersion.objects.get(number=2))).content.decode()
    assert "Batch size: 20 → 5" in page
