"""Why an integration that a client has switched on does not run, though nobody has paused it."""

from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, Q

from integrations.models import ClientIntegration, Consent, ConsentType
from integrations.models.activations import ClientIntegrationQuerySet
from integrations.models.connections import unconnected
from integrations.models.engines import running

# Those of which `trouble_of` has something to tell.
TROUBLED = ~Q(problem="") | Q(enabled=True, paused=False, runnable=False)


def unwanted(now: datetime) -> Q:
    """Rows that are held up by something that somebody has to mend: not by their being switched off, nor by
    a client, an integration or an engine that was stopped on purpose."""
    switched_on = Q(enabled=True, paused=False, integration__active=True, client__active=True)
    return switched_on & running("client", now) & Q(runnable=False)


def with_reasons(rows: ClientIntegrationQuerySet, now: datetime) -> ClientIntegrationQuerySet:
    """With all that `reason_of` looks at, in one question to the database."""
    asked = {
        "is_disconnected": unconnected("client", "integration__system"),
        "is_stopped": ~running("client", now),
    }
    wrapped = {name: ExpressionWrapper(each, BooleanField()) for name, each in asked.items()}
    return rows.select_related("client", "integration", "consent").defer("secret").annotate(**wrapped)


def look_up(row: ClientIntegration, now: datetime) -> str:
    """The reason for one row, in a sentence; empty for one that runs."""
    return reason_of(with_reasons(ClientIntegration.objects.filter(pk=row.pk), now).get(), now)


def trouble_of(row: ClientIntegration, now: datetime) -> str:
    """What it ran into, else what holds up one that is on. `row` comes from `with_reasons`."""
    if row.problem or not row.enabled or row.paused:
        return row.problem
    return reason_of(row, now)


def reason_of(row: ClientIntegration, now: datetime) -> str:
    """In a sentence; empty for one that runs. `row` comes from `with_reasons`."""
    if row.runnable:
        return ""
    if not row.enabled:
        return "The client has switched the integration off."
    if row.paused:
        return "The integration is paused for the client."
    return _stopped(row) or _consent_trouble(row, now) or _disconnected(row)


def since_of(row: ClientIntegration, now: datetime) -> datetime:
    """When that began, as far as it is known: of a consent exactly, else when the row was last changed."""
    consent = row.fitting_consent
    if consent is None:
        return row.updated_on
    if consent.state == Consent.State.REVOKED:
        return consent.updated_on
    has_ended = consent.expires_on is not None and consent.expires_on <= now
    return consent.expires_on if consent.expires_on and has_ended else row.updated_on


def _stopped(row: ClientIntegration) -> str:
    if not row.client.active:
        return "The client is not active."
    if not row.integration.active:
        return "The integration is not active."
    return "The client has stopped its engine." if getattr(row, "is_stopped", False) else ""


def _consent_trouble(row: ClientIntegration, now: datetime) -> str:
    consent = row.fitting_consent
    if row.integration.consent_type_id == ConsentType.Id.NONE:
        return ""
    if consent is None:
        return "The client's consent is missing."
    if consent.state == Consent.State.REVOKED:
        return f"The client's consent was withdrawn on {consent.updated_on:%Y-%m-%d %H:%M} UTC."
    if consent.state == Consent.State.ATTENTION:
        return "The client has to connect again."
    if consent.expires_on is not None and consent.expires_on <= now:
        return f"The client's consent ended on {consent.expires_on:%Y-%m-%d %H:%M} UTC."
    return ""


def _disconnected(row: ClientIntegration) -> str:
    if getattr(row, "is_disconnected", False):
        return "The client's connection to the system is not active."
    return "Nothing stands against it any more: it goes on within a minute."
