import pytest

from integrations import versions
from integrations.models import ClientIntegration, Integration, IntegrationVersion
from tests.backoffice.people import address, messages_of, page_of
from tests.cast import draft_integration, make_schedule

INTEGRATION = "integrations.integration"


def fields_of(integration, **changes):
    """What the form of a published integration sends back, with these changes."""
    plain = ["name", "element_id", "filter", "max_attempts", "batch_size", "notes"]
    keys = ["owner", "entity", "direction", "system", "action", "schedule", "consent_type"]
    flags = [
        "active",
        "managed",
        "allow_schedule_update",
        "parallel",
        "strict_order",
        "include_update",
        "continuous",
    ]
    return {
        **{name: getattr(integration, name) or "" for name in plain},
        **{name: getattr(integration, f"{name}_id") or "" for name in keys},
        **{name: "on" for name in flags if getattr(integration, name)},
        "backoff": "",
        "seen_version": integration.row_version if integration.pk else "",
        **changes,
    }


@pytest.fixture
def save(superuser, payments_out):
    """Saves the published export with changes; what the page says then."""

    def save(**changes):
        fields = fields_of(Integration.objects.get(pk=payments_out.pk), **changes)
        return superuser.post(page_of(payments_out), fields, follow=True)

    return save


def errors_of(page):
    return {name: list(errors) for name, errors in page.context["adminform"].form.errors.items()}


def test_saving_an_integration_publishes_it(save, payments_out, as_staff):
    page = save(name="Renamed", filter="x => x.Amount > 100", backoff="[1, 3, 10]")
    assert page.redirect_chain
    payments_out.refresh_from_db()
    assert (payments_out.name, payments_out.version) == ("Renamed", 2)
    assert payments_out.backoff == [1, 3, 10]
    published = IntegrationVersion.objects.get(number=2)
    assert published.published_by == as_staff.user
    first = IntegrationVersion.objects.get(number=1)
    assert {change.field for change in versions.diff(first, published)} == {"name", "filter", "backoff"}


def test_a_new_integration_is_published_at_once(superuser, payment):
    draft = draft_integration(payment)
    page = superuser.post(address(INTEGRATION, "add"), fields_of(draft, action=""), follow=True)
    assert "The integration has no action: it does nothing until it has one." in messages_of(page)
    assert IntegrationVersion.objects.get().integration == Integration.objects.get(name=draft.name)


def test_a_filter_that_is_none_is_refused_at_its_place(save, payments_out):
    page = save(filter='x => x.Amount > 100 && x.Stat == "Open"')
    (refusal,) = errors_of(page)["filter"]
    message, place = refusal.removesuffix("</pre>").split('<pre class="hub-caret">')
    assert message.startswith("At character 26: Payment has no property Stat")
    line, pointer = place.splitlines()
    assert line == "x =&gt; x.Amount &gt; 100 &amp;&amp; x.Stat == &quot;Open&quot;"
    assert pointer.rstrip() == " " * 25 + "^"
    assert Integration.objects.get().version == 1


def test_a_hostile_filter_is_shown_as_text(save):
    text = save(filter="x => <script>alert(1)</script>").content.decode()
    assert "<script>alert(1)" not in text
    assert "x =&gt; &lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("include_update", {"include_update": "on", "active": ""}),
        ("__all__", {"continuous": "on"}),
        ("strict_order", {"strict_order": "on"}),
        ("backoff", {"backoff": "[-1]"}),
        ("backoff", {"backoff": "{"}),
        ("max_attempts", {"max_attempts": "0"}),
        ("name", {"name": ""}),
    ],
)
def test_a_broken_rule_is_shown_at_the_field_at_fault(save, field, changes):
    assert list(errors_of(save(**changes))) == [field]
    assert Integration.objects.get().version == 1


def test_parts_of_another_client_are_refused_at_their_fields(save, acme):
    own = make_schedule(acme, name="Acme's")
    assert errors_of(save(schedule=own.pk)) == {
        "schedule": ["This schedule is not open to the integration's owner."]
    }


def test_whoever_saves_an_outdated_page_is_told_so(save, payments_out):
    save(name="First")
    page = save(name="Second", seen_version=1)
    assert errors_of(page) == {"__all__": ["The integration has been changed meanwhile. Read it again."]}
    assert Integration.objects.get().name == "First"


def test_what_is_probably_not_meant_is_said_after_saving(save):
    page = save(include_update="on", continuous="on", filter="x => x.Amount > 1")
    assert any("bound its filter by a date" in message for message in messages_of(page))
    assert Integration.objects.get().continuous


def test_publishing_reaches_the_clients_at_once(save, acme_payments):
    save(active="")
    assert not ClientIntegration.objects.get().runnable


@pytest.mark.parametrize("granted", [(), ("integrations.publish_integration",)])
def test_publishing_needs_its_own_permission(operator, payments_out, granted):
    editor = operator("integrations.change_integration", "integrations.add_integration", *granted)
    editor.post(page_of(payments_out), fields_of(payments_out, name="Renamed"))
    assert Integration.objects.get().version == (2 if granted else 1)
    assert editor.get(address(INTEGRATION, "add")).status_code == (200 if granted else 403)


def history_page(integration, *, oldest):
    version = integration.history.order_by("history_id" if oldest else "-history_id").first()
    return address(INTEGRATION, "simple_history", integration.pk, version.history_id)


def test_an_old_version_can_be_published_again(save, superuser, payments_out):
    save(name="Renamed")
    old = history_page(payments_out, oldest=True)
    form = superuser.get(old).context["adminform"].form
    superuser.post(old, fields_of(payments_out, seen_version=form.initial["seen_version"]))
    payments_out.refresh_from_db()
    assert (payments_out.name, payments_out.version) == ("Payments to the ERP", 3)


def test_who_may_only_look_reverts_nothing(operator, payments_out):
    viewer = operator("integrations.view_integration")
    old = history_page(payments_out, oldest=True)
    assert viewer.get(old).status_code == 200
    assert viewer.post(old, fields_of(payments_out, name="Renamed")).status_code == 403
    assert Integration.objects.get().version == 1


def test_a_delay_list_that_is_empty_is_shown_empty(superuser, payments_out):
    form = superuser.get(page_of(payments_out)).context["adminform"].form
    assert form["backoff"].value() == ""
