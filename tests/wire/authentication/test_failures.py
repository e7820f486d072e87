"""Failed sign-ins, counted per address in a fixed window."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from integrationhub.wire.authentication.failures import ALLOWED, WINDOW, note_failure, seconds_to_wait

NOW = datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_has_failed_yet():
    cache.clear()


def fail(network, times):
    for _ in range(times):
        note_failure(network, NOW)


def test_an_address_may_try_until_it_has_failed_too_often():
    fail("192.0.2.1", ALLOWED - 1)
    assert seconds_to_wait("192.0.2.1", NOW) == 0
    fail("192.0.2.1", 1)
    assert seconds_to_wait("192.0.2.1", NOW) == 40


def test_other_addresses_are_not_locked_out():
    fail("192.0.2.1", ALLOWED)
    assert seconds_to_wait("192.0.2.2", NOW) == 0


def test_the_next_window_starts_afresh():
    fail("192.0.2.1", ALLOWED)
    assert seconds_to_wait("192.0.2.1", NOW + timedelta(seconds=39)) == 1
    assert seconds_to_wait("192.0.2.1", NOW + timedelta(seconds=40)) == 0
    assert seconds_to_wait("192.0.2.1", NOW + timedelta(seconds=WINDOW)) == 0
