"""What a client has to agree to before an integration works for it."""

from datetime import datetime

from integrations.errors import Refused
from integrations.models import ClientIntegration, Consent, ConsentType
from integrations.principals import Principal


def is_in_force(consent: Consent | None, now: datetime) -> bool:
    if consent is None or consent.state != Consent.State.GRANTED:
        return False
    return consent.expires_on is None or consent.expires_on > now


def is_given(activation: ClientIntegration, now: datetime) -> bool:
    """Whether the client has agreed to what the definition asks for: a consent of another type is none."""
    is_needed = activation.integration.consent_type_id != ConsentType.Id.NONE
    return not is_needed or is_in_force(activation.fitting_consent, now)


def obtain(activation: ClientIntegration, *, given: bool, now: datetime, by: Principal) -> Consent | None:
    """The consent under which the activation may run: none needed, the one in force, or one given now.

    Raises Refused, naming `consent`, where one is needed and not given.
    """
    needed, held = activation.integration.consent_type, activation.consent
    if needed.pk == ConsentType.Id.NONE:
        return held
    if needed.pk == ConsentType.Id.OAUTH2:
        return _connected(activation, given=given, now=now)
    if is_given(activation, now):
        return held
    if not given:
        raise Refused(f"{activation.integration} needs the client's consent.", field="consent")
    return Consent.objects.create(
        client_id=activation.client_id, consent_type=needed, granted_on=now, granted_by=by.user
    )


def _connected(activation: ClientIntegration, *, given: bool, now: datetime) -> Consent:
    """The client's connection to the system, which all of its integrations with it share."""
    integration = activation.integration
    connections = Consent.objects.connecting(activation.client_id, integration.system_id)
    found = connections.in_force(now).first()
    if found is None:
        raise Refused(f"{integration} needs a connection to {integration.system}.", field="consent")
    if not given and activation.consent_id != found.pk:
        raise Refused(f"{integration} needs the client's consent.", field="consent")
    return found
