from datetime import UTC, datetime
from decimal import Decimal

from demo.mod97 import is_valid
from demo.payments import STATUSES, make_payments
from demo.rules import CLOSED_ACCOUNTS, refuse

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
PAYMENTS = list(make_payments("ACME", 2000, seed=1, now=NOW))


def test_the_same_question_gets_the_same_payments():
    assert list(make_payments("ACME", 2000, seed=1, now=NOW)) == PAYMENTS


def test_other_clients_and_other_seeds_get_other_payments():
    assert list(make_payments("BOLT", 10, seed=1, now=NOW)) != PAYMENTS[:10]
    assert list(make_payments("ACME", 2000, seed=2, now=NOW)) != PAYMENTS


def test_each_payment_has_an_id_a_number_and_a_reference_of_its_own():
    for name in ("Id", "Number", "Reference"):
        assert len({payment[name] for payment in PAYMENTS}) == 2000
    assert PAYMENTS[0]["Id"] == "ACME-000001"


def test_check_digits_of_accounts_and_references_are_right():
    assert all(is_valid(payment["CreditorIban"]) for payment in PAYMENTS)
    assert all(is_valid(payment["Reference"]) for payment in PAYMENTS)
    assert all(is_valid(iban) for iban in CLOSED_ACCOUNTS)


def test_accounts_have_the_length_their_country_asks_for():
    lengths = {"AT": 20, "DE": 22, "LU": 20}

    for iban in (*CLOSED_ACCOUNTS, *(payment["CreditorIban"] for payment in PAYMENTS)):
        assert len(iban) == lengths[iban[:2]]


def test_amounts_are_whole_cents():
    assert all(payment["Amount"] == payment["Amount"].quantize(Decimal("0.01")) for payment in PAYMENTS)


def test_every_status_occurs():
    assert {payment["Status"] for payment in PAYMENTS} == set(STATUSES)


def test_changes_come_in_order_and_none_is_ahead_of_now():
    changes = [payment["UpdatedOn"] for payment in PAYMENTS]

    assert changes == sorted(changes)
    assert changes[-1] < NOW


def test_some_are_overdue_and_some_are_not():
    assert {payment["DueOn"] < NOW for payment in PAYMENTS} == {True, False}


def test_the_erp_refuses_one_in_two_hundred_by_either_rule_and_these_are_approved():
    refusals = [(payment, refuse("Payment", payment)) for payment in PAYMENTS]
    refused = [(payment["Status"], refusal.rule) for payment, refusal in refusals if refusal]

    assert refused == [("Approved", "PAY-2"), ("Approved", "PAY-1")] * 5
