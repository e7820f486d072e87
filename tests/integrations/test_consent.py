from datetime import timedelta

import pytest

from integrations.consent import is_in_force
from integrations.models import Consent


@pytest.mark.parametrize(
    ("state", "days", "expected"),
    [
        (Consent.State.GRANTED, None, True),
        (Consent.State.GRANTED, 1, True),
        (Consent.State.GRANTED, 0, False),
        (Consent.State.GRANTED, -1, False),
        (Consent.State.REVOKED, None, False),
        (Consent.State.REVOKED, 1, False),
    ],
)
def test_a_consent_is_in_force_while_it_is_granted_and_has_not_expired(now, state, days, expected):
    expires_on = None if days is None else now + timedelta(days=days)
    assert is_in_force(Consent(state=state, expires_on=expires_on), now) is expected


def test_no_consent_is_none_in_force(now):
    assert not is_in_force(None, now)
