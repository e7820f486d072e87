"""Whose credentials an item is sent with, and what a client's own definition may build on."""

import pytest

from integrations import activation as activations
from integrations import publishing
from integrations.errors import NotAllowed, Refused
from integrations.models import ClientIntegration, System
from queues.handlers import SignIn
from queues.plans import GOOD_FOR, KnownPlans, make_plans, sign_in_of
from tests.cast import (
    draft_integration,
    make_action,
    make_activation,
    make_integration,
    make_schedule,
    make_system,
)

BASIC = {"authentication": System.Authentication.BASIC, "username": "hub", "secret": "hub's secret"}


@pytest.fixture
def managed(payment, now):
    return make_integration(payment, now=now, system=make_system(**BASIC))


def enter(activation, by, now):
    activations.sign_in_as(activation, username="acme", secret="acme's secret", now=now, by=by)
    return ClientIntegration.objects.get(pk=activation.pk)


def test_the_hub_s_definition_signs_in_with_the_hub_s_system(acme, managed, now):
    assert sign_in_of(make_activation(acme, managed, now=now)) == SignIn("basic", "hub", "", "hub's secret")


def test_a_client_that_entered_its_own_signs_in_with_that(acme, as_acme, managed, now):
    activation = enter(make_activation(acme, managed, now=now), as_acme, now)
    assert sign_in_of(activation) == SignIn("basic", "acme", "", "acme's secret")


def test_what_one_client_entered_is_not_used_for_another(acme, borealis, as_acme, managed, now):
    enter(make_activation(acme, managed, now=now), as_acme, now)
    assert sign_in_of(make_activation(borealis, managed, now=now)).secret == "hub's secret"


@pytest.fixture
def own_on_hub_system(acme, payment, now):
    """Acme's own definition on a system that the hub shares."""
    shared = make_system(name="Shared", shareable=True, **BASIC)
    return make_activation(acme, make_integration(payment, acme, now=now, system=shared), now=now)


def test_a_client_s_own_definition_never_uses_the_hub_s_credentials(own_on_hub_system):
    with pytest.raises(Refused, match="credentials of your own") as refusal:
        sign_in_of(own_on_hub_system)
    assert "hub" not in refusal.value.message
    assert refusal.value.field == "secret"


def test_it_works_with_the_client_s_own(own_on_hub_system, as_acme, now):
    assert sign_in_of(enter(own_on_hub_system, as_acme, now)).secret == "acme's secret"


def test_a_user_name_alone_does_not_open_the_hub_s_secret(own_on_hub_system, as_acme, now):
    activations.sign_in_as(own_on_hub_system, username="hub", secret="", now=now, by=as_acme)
    with pytest.raises(Refused):
        sign_in_of(ClientIntegration.objects.get())


def test_nobody_enters_a_sign_in_for_another_client(own_on_hub_system, as_borealis, now):
    with pytest.raises(NotAllowed):
        enter(own_on_hub_system, as_borealis, now)


@pytest.mark.parametrize(
    ("part", "make"), [("system", make_system), ("action", make_action), ("schedule", make_schedule)]
)
def test_sharing_opens_the_hub_s_part_and_never_another_client_s(
    acme, as_acme, borealis, payment, now, part, make
):
    for owner, shareable, is_open in (
        (None, True, True),
        (None, False, False),
        (borealis, True, False),
        (acme, False, True),
    ):
        row = make(owner, name=f"{owner} {shareable}", shareable=shareable)
        draft = draft_integration(payment, acme, **{part: row}, name=f"{owner} {shareable}")
        if is_open:
            publishing.publish(draft, by=as_acme, now=now)
            continue
        with pytest.raises(Refused) as refusal:
            publishing.publish(draft, by=as_acme, now=now)
        assert refusal.value.field == part


def test_nobody_takes_up_another_client_s_definition(acme, borealis, payment, now):
    theirs = make_integration(payment, acme, now=now)
    with pytest.raises(NotAllowed):
        activations.activate_for(borealis, theirs)


def test_two_clients_and_the_hub_may_choose_one_name(acme, borealis, payment, now):
    numbers = {make_integration(payment, owner, now=now, name="Same").pk for owner in (None, acme, borealis)}
    assert len(numbers) == 3
    with pytest.raises(Refused):
        publishing.publish(draft_integration(payment, acme, name="Same"), by=None, now=now)


def test_a_drain_keeps_a_plan_until_something_it_is_made_of_changes(acme, managed, now):
    activation = make_activation(acme, managed, now=now)
    time = iter([0.0, 1.0, 2.0, 2.0 + GOOD_FOR])
    known = KnownPlans(clock=lambda: next(time))
    (first,), (same,), (changed,), (later,) = (
        known.get({activation.pk: versions})[0].values() for versions in ((1, 1), (1, 1), (1, 2), (1, 2))
    )
    assert first is same
    assert len({id(plan) for plan in (first, changed, later)}) == 3


def test_a_problem_is_looked_at_again_each_time(acme, managed, now):
    activation = make_activation(acme, managed, now=now)
    known = KnownPlans()
    System.objects.update(base_url="nonsense")
    assert "cannot be called" in known.get({activation.pk: (1,)})[1][activation.pk]
    System.objects.update(base_url="https://erp.example.com")
    assert list(known.get({activation.pk: (1,)})[0]) == [activation.pk]


def test_the_rows_of_all_plans_are_read_at_once(acme, payment, now, django_assert_num_queries):
    exports = [
        make_activation(acme, make_integration(payment, now=now, name=f"Export {number}"), now=now)
        for number in range(3)
    ]
    with django_assert_num_queries(1 + len(exports)):  # and the properties of each one's entity
        plans, problems = make_plans([row.pk for row in exports])
    assert plans.keys() == {row.pk for row in exports}
    assert problems == {}


def test_a_plan_that_is_known_costs_no_statement(acme, managed, now, django_assert_num_queries):
    activation, known = make_activation(acme, managed, now=now), KnownPlans()
    known.get({activation.pk: (1,)})
    with django_assert_num_queries(0):
        assert list(known.get({activation.pk: (1,)})[0]) == [activation.pk]
