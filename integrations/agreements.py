"""What becomes of a consent that was given: taken back, or given for longer."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from integrations.activation import align
from integrations.errors import Conflict, Refused
from integrations.models import ClientIntegration, Consent, ConsentType
from integrations.oauth import revoking
from integrations.ownership import check_acts_for
from integrations.principals import Principal


def withdraw(consent: Consent, *, now: datetime, by: Principal) -> None:
    """Take a consent back: everything that runs under it stops, and tokens that it brought are given back."""
    check_acts_for(consent.client_id, by)
    with transaction.atomic():
        given = Consent.objects.filter(pk=consent.pk).exclude(state=Consent.State.REVOKED)
        changes = {"state": Consent.State.REVOKED, "updated_on": now}
        if given.update(**changes, row_version=F("row_version") + 1):
            revoking.let_go(consent, now=now)
        align(ClientIntegration.objects.filter(consent=consent), now=now)
    consent.refresh_from_db()


def renew(consent: Consent, *, until: datetime | None, now: datetime, by: Principal) -> None:
    """The client agrees again, until then (None: until it withdraws): what had stopped by expiry goes on.

    Raises Conflict for a consent that was withdrawn: that one is given anew where the integration is enabled;
    and for one by OAuth 2.0, whose end the other side decides.
    """
    check_acts_for(consent.client_id, by)
    if until is not None and until <= now:
        raise Refused("A consent is renewed until a moment to come.", field="expires_on")
    if consent.consent_type_id == ConsentType.Id.OAUTH2:
        raise Conflict("A connection is renewed by connecting again.")
    with transaction.atomic():
        granted = Consent.objects.filter(pk=consent.pk, state=Consent.State.GRANTED)
        agreed = {"granted_on": now, "granted_by": by.user, "expires_on": until, "updated_on": now}
        if not granted.update(**agreed, row_version=F("row_version") + 1):
            raise Conflict("The consent has been withdrawn; enable the integration to give a new one.")
        align(ClientIntegration.objects.filter(consent=consent), now=now)
    consent.refresh_from_db()
