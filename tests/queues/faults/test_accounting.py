"""The accounts that the fault tests rest on can show a loss, a duplicate and a repeat."""

import pytest

from tests.queues.faults.accounting import Effect, WriterLog, settle
from tests.queues.faults.processes import ROLES, plan_kills


@pytest.fixture
def log():
    log = WriterLog()
    log.attempt([("a", 1), ("b", 1), ("a", 2)])
    log.acknowledge([("a", 1), ("b", 1)])
    return log


def account(log, *effects, accepted=None):
    return settle(log, list(effects), accepted=len(effects) if accepted is None else accepted)


def test_what_was_acknowledged_and_delivered_is_not_lost(log):
    found = account(log, Effect("1-1", "a", 1), Effect("2-1", "b", 1))
    assert (found.acknowledged, found.lost, found.unexpected, found.duplicates, found.repeats) == (
        2,
        0,
        0,
        0,
        0,
    )


def test_what_was_acknowledged_and_not_delivered_is_lost(log):
    assert account(log, Effect("1-1", "a", 1)).lost == 1


def test_a_newer_version_that_was_attempted_stands_for_an_older_one(log):
    assert account(log, Effect("1-2", "a", 2), Effect("2-1", "b", 1)).lost == 0


def test_an_older_version_does_not_stand_for_a_newer_one(log):
    log.acknowledge([("a", 2)])
    assert account(log, Effect("1-1", "a", 1), Effect("2-1", "b", 1)).lost == 1


def test_what_nobody_attempted_is_unexpected(log):
    assert account(log, Effect("1-1", "a", 3), Effect("3-1", "c", 1)).unexpected == 2


def test_one_version_under_two_keys_and_one_key_with_two_payloads_are_duplicates(log):
    assert account(log, Effect("1-1", "a", 1), Effect("1-2", "a", 1)).duplicates == 1
    assert account(log, Effect("1-1", "a", 1, conflicting=True)).duplicates == 1


def test_a_call_accepted_under_a_key_that_is_known_is_a_repeat(log):
    found = account(log, Effect("1-1", "a", 1), Effect("2-1", "b", 1), accepted=3)
    assert (found.repeats, found.repeated_share) == (1, 0.5)


def test_the_roles_of_the_victims_are_fixed_by_the_seed_and_each_has_its_share():
    plan = plan_kills(30, seed=1)
    assert plan == plan_kills(30, seed=1) != plan_kills(30, seed=2)
    assert {role: plan.count(role) for role in ROLES} == dict.fromkeys(ROLES, 5)
