"""What staff do, from beginning to end, in a browser and with everything running: web, workers, an ERP."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.hub import Hub, wait_until

pytestmark = pytest.mark.browser

PAYMENTS = "Payments export"
WITHOUT_THE_ACCOUNT = """{
  "method": "POST",
  "path": "/payments",
  "body": "{Id: Id, Number: Number, Amount: Amount, Currency: Currency}"
}"""
DEAD_PAYMENTS = (
    "SELECT count(*) FROM queue_integrationqueue WHERE state = 'DeadLetter' AND message LIKE '%PAY-2%'"
)
A_DELIVERED_PAYMENT = f"""
    SELECT item.id FROM queue_integrationqueue item
    JOIN integrations_integration integration ON integration.id = item.integration_id
    WHERE item.state = 'Succeeded' AND integration.name = '{PAYMENTS}' LIMIT 1
"""  # noqa: S608


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A demo hub with dead letters."""
    hub = Hub(tmp_path_factory.mktemp("stories"), None)
    hub.start("hub_run", "--port", str(hub.port), "--demo")
    try:
        wait_until(lambda: "password" in log_of(hub), seconds=180, what="The hub's start")
        wait_until(lambda: hub.query(DEAD_PAYMENTS)[0][0] >= 4, seconds=180, what="Dead letters")
        yield hub
    finally:
        hub.stop()


@pytest.fixture(scope="module")
def page(hub: Hub) -> Iterator[Page]:
    """Signed in as the demo's administrator; questions are answered with yes."""
    password = re.findall(r"password +(\S+)", log_of(hub))[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(
            base_url=f"http://127.0.0.1:{hub.port}", viewport={"width": 1440, "height": 900}
        )
        page.on("dialog", Dialog.accept)
        page.goto("/admin/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="Dashboard").wait_for()
        yield page
        browser.close()


def log_of(hub: Hub) -> str:
    return (hub.directory / "hub_run-0.log").read_text()


def go(page: Page, *links: str) -> None:
    for link in links:
        page.get_by_role("link", name=link, exact=True).first.click()


def edit_payments(page: Page) -> None:
    page.goto("/admin/integrations/integration/")
    go(page, PAYMENTS)


def test_a_dead_letter_is_found_understood_mended_and_watched_until_it_succeeds(hub, page):
    page.goto("/admin/")
    page.locator(".hub-tile", has_text="Dead letters").click()
    page.get_by_placeholder("Start of an item's id or name").fill("PAY-")
    page.keyboard.press("Enter")
    page.locator("#result_list tbody th a").first.click()
    item = page.url

    expect(page.locator(".hub-reason .hub-alarm")).to_contain_text("is closed (rule PAY-2)")
    expect(page.locator(".hub-clauses").first).to_contain_text("yes")
    go(page, "Payload mapping")
    page.get_by_label("Configuration").fill(WITHOUT_THE_ACCOUNT)
    page.get_by_role("button", name="Preview the request").click()
    expect(page.locator("[data-result] pre")).to_contain_text("POST ")
    expect(page.locator("[data-result] pre")).not_to_contain_text("CreditorIban")
    page.get_by_role("button", name="Save", exact=True).click()

    page.goto("/admin/queue/integrationqueue/?view=dead&message__icontains=PAY-2")
    page.get_by_text("Do something with all").click()
    page.get_by_role("link", name="Retry with reset…").click()
    page.get_by_role("button", name=re.compile("Retry with reset: 4 items")).click()
    expect(page.locator("#job-progress")).to_contain_text("4 of 4 done", timeout=60_000)
    go(page, "To the queue")
    wait_until(lambda: hub.query(DEAD_PAYMENTS)[0][0] == 0, seconds=60, what="Release")
    page.goto(item)
    expect(page.locator(".hub-reason")).to_contain_text("Succeeded", ignore_case=True, timeout=60_000)


def test_the_engine_is_stopped_a_filter_narrowed_and_what_no_longer_matches_is_cancelled(hub, page):
    page.goto("/admin/")
    page.get_by_role("button", name="Stop the engine").click()
    expect(page.get_by_role("alert").first).to_contain_text("The hub's engine is stopped")

    delivered = wait_until(lambda: hub.query(A_DELIVERED_PAYMENT), seconds=60, what="A delivered payment")
    item = f"/admin/queue/integrationqueue/{delivered[0][0]}/change/"
    page.goto(item)
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.locator(".hub-reason")).to_contain_text("Pending", ignore_case=True)

    edit_payments(page)
    page.get_by_text("Filter", exact=True).first.click()
    page.get_by_label("Filter").fill("x => x.Amout > 1")
    expect(page.locator(".hub-check")).to_contain_text("^")
    page.get_by_label("Filter").fill("x => x.Amount > 900000000m")
    expect(page.locator(".hub-check")).to_contain_text("well formed")
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("[data-result]")).to_contain_text("0 rows match now")
    page.get_by_role("button", name="Effect of publishing").click()
    expect(page.locator("[data-result]")).to_contain_text("It would be version")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".hub-badges")).to_contain_text("Version 2")

    page.goto("/admin/")
    page.get_by_role("button", name="Start the engine").click()
    page.goto(item)
    expect(page.locator(".hub-reason")).to_contain_text("Cancelled", ignore_case=True, timeout=120_000)
    expect(page.locator(".hub-message").first).to_contain_text("no longer matches")

    edit_payments(page)
    page.get_by_role("button", name="Go back to it").first.click()
    expect(page.locator(".hub-badges")).to_contain_text("Version 3")


def test_an_integration_is_enabled_with_consent_for_a_client(page):
    page.goto("/admin/integrations/integration/")
    go(page, "Treasury report")
    page.get_by_text("Schedule", exact=True).first.click()
    page.get_by_label("Consent type").select_option("Confirm")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/")
    expect(page.get_by_text("The client's consent is missing.")).to_be_visible()
    page.goto("/admin/integrations/client/")
    go(page, "Borealis Oy")
    line = page.locator("tr", has=page.get_by_role("link", name="Treasury report"))
    expect(line).to_contain_text("missing")
    expect(line).to_contain_text("held up", ignore_case=True)
    line.get_by_role("link").first.click()
    page.get_by_role("button", name="The client agrees again").click()
    expect(page.locator("main, #main").first).to_contain_text("On")
    page.goto("/admin/integrations/client/")
    go(page, "Borealis Oy")
    expect(line).to_contain_text("Granted")
    expect(line).to_contain_text("on", ignore_case=True)


def test_a_managed_change_reaches_three_clients(hub, page):
    page.goto("/admin/integrations/clientintegration/add/")
    for field, name in (("client", "Nordwind Handels AG"), ("integration", PAYMENTS)):
        page.locator(f".field-{field} .select2-selection").click()
        page.locator(".select2-search__field").fill(name)
        page.locator(".select2-results__option", has_text=name).first.click()
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("button", name="Enable").click()
    edit_payments(page)
    page.get_by_text("Limits", exact=True).click()
    page.get_by_label("Batch size").fill("7")
    page.get_by_role("button", name="Effect of publishing").click()
    expect(page.locator("[data-result] tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".hub-past li").first).to_contain_text("→ 7")
    rows = page.locator(".hub-card", has_text="Clients using it").locator("tbody tr")
    expect(rows).to_have_count(3)
    for name in ("Acme Industries Ltd", "Borealis Oy", "Nordwind Handels AG"):
        expect(rows.filter(has_text=name)).to_contain_text("on")


MAKE_A_CHANNEL = """
from django.utils import timezone
from channels import points
from integrations.models import Client
from integrations.principals import Principal, Scope
staff = Principal(user=None, client=None, scopes=frozenset(Scope.values))
client = Client.objects.get(code="acme")
answer = points.create(client, {"code": "STORY", "type": "public"}, by=staff, now=timezone.now()).pk
"""


def local_token(page: Page) -> str:
    page.get_by_role("button", name="Show the local token").click()
    token = page.locator("#local-token").inner_text()
    page.get_by_role("link", name="Back to the channel").click()
    return token


def test_a_channel_s_token_is_rotated_and_each_look_at_it_is_written_down(hub, page):
    page.goto(f"/admin/channels/integrationpoint/{hub.ask(MAKE_A_CHANNEL)}/change/")
    old = local_token(page)
    page.get_by_role("button", name="New local token").click()
    new = local_token(page)
    assert new != old
    assert page.request.post(f"/hooks/{old}", data={}).status == 404
    assert page.request.post(f"/hooks/{new}", data={}).status != 404
    page.goto("/admin/integrations/auditentry/")
    expect(page.locator("#result_list")).to_contain_text("read channel token")
    expect(page.locator("#result_list")).to_contain_text("channel token rotated")
