"""Consents that somebody has to look after: before they end, and when they have."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations import activation as activations
from integrations.models import ClientIntegration, Consent


def needing_somebody(now: datetime) -> QuerySet[Consent]:
    """Of those with something switched on under them: what has ended, or will within the days of warning."""
    in_use = ClientIntegration.objects.filter(consent=OuterRef("pk"), enabled=True)
    soon = now + timedelta(days=settings.HUB_CONSENT_DAYS)
    return Consent.objects.filter(
        Q(state=Consent.State.ATTENTION) | Q(state=Consent.State.GRANTED, expires_on__lte=soon),
        Exists(in_use),
    ).order_by("expires_on", "pk")


def describe(consent: Consent, now: datetime) -> str:
    """What is wrong with it, or will be; nothing for one that is not about to end."""
    if consent.state == Consent.State.ATTENTION:
        return "has to be given again"
    if consent.state != Consent.State.GRANTED or consent.expires_on is None:
        return ""
    day = f"{consent.expires_on:%Y-%m-%d %H:%M} UTC"
    if consent.expires_on <= now:
        return f"ended on {day}"
    soon = now + timedelta(days=settings.HUB_CONSENT_DAYS)
    return f"ends on {day}" if consent.expires_on <= soon else ""


def note_ended(now: datetime) -> None:
    """What stopped because its consent ended says so. The problem goes with the next run."""
    ended = ClientIntegration.objects.filter(
        enabled=True, problem="", consent__state=Consent.State.GRANTED, consent__expires_on__lte=now
    )
    for row in ended.exclude(integration__consent_type="None").select_related("consent").defer("secret"):
        assert row.consent is not None  # noqa: S101  (the filter names one)
        text = f"Attention needed: the consent {describe(row.consent, now)}. Give it again."
        activations.note_problem(row, text, now=now)
