"""Consents that somebody has to look after: before they end, and when they have."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from integrations import activation as activations
from integrations.models import ClientIntegration, Consent
from integrations.oauth import attention

TOLD_AT_ONCE = 100


def needing_somebody(now: datetime) -> QuerySet[Consent]:
    """Of those with something switched on under them: what has ended, or will within the days of warning."""
    asked_for = {"integration__consent_type": OuterRef("consent_type")}
    in_use = ClientIntegration.objects.filter(consent=OuterRef("pk"), enabled=True, **asked_for)
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


def warn(now: datetime) -> None:
    """Staff are told once of the end of each grant: all that is new to them in one message.

    Renewing tokens may move the end, each time a little: that is no news.
    """
    granted = needing_somebody(now).filter(state=Consent.State.GRANTED)
    news = granted.exclude(warned_of=F("granted_on")).select_related("client", "consent_type")
    with transaction.atomic():
        told = [consent for consent in news[:TOLD_AT_ONCE] if _is_first_to_tell(consent)]
        if told:
            lines = [f"{each.client}: {each.consent_type} {describe(each, now)}" for each in told]
            transaction.on_commit(lambda: attention.tell(_subject(told), "\n".join(lines)), robust=True)


def _is_first_to_tell(consent: Consent) -> bool:
    """Of all machines' ticks."""
    untold = Consent.objects.filter(pk=consent.pk).exclude(warned_of=consent.granted_on)
    return bool(untold.update(warned_of=consent.granted_on))


def _subject(told: list[Consent]) -> str:
    if len(told) == 1:
        return f"A consent of {told[0].client} ends"
    return f"{len(told)} consents end"


def note_ended(now: datetime) -> None:
    """What stopped because its consent ended says so. The problem goes with the next run."""
    ended = ClientIntegration.objects.filter(
        enabled=True,
        problem="",
        consent__state=Consent.State.GRANTED,
        consent__expires_on__lte=now,
        consent__consent_type=F("integration__consent_type"),
    )
    stopped = []
    for row in ended.select_related("consent", "client", "integration").defer("secret"):
        assert row.consent is not None  # noqa: S101  (the filter names one)
        text = f"Attention needed: the consent {describe(row.consent, now)}. Give it again."
        activations.note_problem(row, text, now=now)
        stopped.append(f"{row}: {text}")
    if stopped:
        attention.tell("A consent has ended, and what it carried has stopped", "\n".join(stopped))
