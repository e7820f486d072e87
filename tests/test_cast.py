"""The cast takes short ways. They have to end where the long ones end."""

from integrations import activation, publishing
from integrations.models import ClientIntegration, ConsentType, IntegrationVersion
from tests.cast import draft_integration, make_activation, make_integration, make_principal

OWN = {"id", "name", "integration", "consent", "client", "row_version", "created_on", "updated_on"}


def columns(row, *but):
    return {
        field.attname: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if field.name not in {*OWN, *but}
    }


def test_a_made_integration_is_as_if_published(payment, now):
    short = make_integration(payment, now=now, name="Short", filter="x => x.Amount > 1")
    long = draft_integration(payment, name="Long", filter="x => x.Amount > 1")
    publishing.publish(long, by=None, now=now)
    short.refresh_from_db()
    long.refresh_from_db()
    assert columns(short) == columns(long)
    versions = [IntegrationVersion.objects.get(integration=row) for row in (short, long)]
    assert columns(versions[0], "definition") == columns(versions[1], "definition")
    assert {**versions[0].definition, "name": ""} == {**versions[1].definition, "name": ""}


def test_a_made_activation_is_as_if_switched_on(acme, borealis, payment, now):
    export = make_integration(payment, now=now, consent_type_id=ConsentType.Id.CONFIRM)
    short = make_activation(acme, export, now=now)
    long = activation.activate_for(borealis, export)
    activation.enable(long, now=now, by=make_principal(borealis), consent=True)
    short, long = (ClientIntegration.objects.get(pk=row.pk) for row in (short, long))
    assert columns(short) == columns(long)
    assert columns(short.consent) == columns(long.consent)
