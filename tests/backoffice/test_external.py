"""What agents run outside of the hub: seen beside the hub's own runs, and sent back to the beginning."""

from datetime import timedelta

from integrationhub.wire import timestamps
from integrations import runs
from integrations.models import AuditEntry, ExternalIntegration, IntegrationRun
from integrations.runs import Name, Report
from tests.backoffice.people import address, page_of
from tests.cast import make_system


def test_an_agent_s_runs_are_among_all_runs_and_its_watermark_is_reset(superuser, acme, now):
    name = Name(acme, make_system(), "Orders")
    runs.start(name, now=now)
    runs.end(name, Report(timestamps.of(now)), now=now + timedelta(minutes=1))
    external = ExternalIntegration.objects.get()
    assert "Orders" in superuser.get(address("integrations.integrationrun")).content.decode()
    shown = superuser.get(page_of(external)).content.decode()
    assert "2026-03-02T12:00:00Z" in shown
    assert superuser.get(page_of(IntegrationRun.objects.get())).status_code == 200
    superuser.post(page_of(external).replace("/change/", "/now/reset/"))
    external.refresh_from_db()
    assert external.synced_to is None
    assert AuditEntry.objects.get().act == "reset watermark"
