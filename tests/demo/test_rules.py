from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.rules import CLOSED_ACCOUNTS, HIGHEST_RATE, refuse

CLOSED = CLOSED_ACCOUNTS[1]


@pytest.mark.parametrize(
    ("entity", "payload", "reason"),
    [
        ("Payment", {"Amount": -5}, "Amount must be above 0 and at most 999999999.99, not -5 (rule PAY-1)"),
        (
            "Payment",
            {"Amount": "0.00"},
            "Amount must be above 0 and at most 999999999.99, not 0.00 (rule PAY-1)",
        ),
        ("Payment", {"CreditorIban": CLOSED}, f"the creditor's account {CLOSED} is closed (rule PAY-2)"),
        ("ExchangeRate", {"Currency": "RUB"}, "RUB is not quoted against the euro (rule RATE-1)"),
        (
            "ExchangeRate",
            {"Rate": "20750.01"},
            "Rate must be above 0 and at most 20750, not 20750.01 (rule RATE-2)",
        ),
    ],
)
def test_a_refusal_names_its_rule(entity: str, payload: dict[str, object], reason: str):
    refusal = refuse(entity, payload)

    assert refusal is not None
    assert refusal.reason == reason


def test_a_closed_account_is_known_with_blanks_in_it_too():
    spaced = " ".join(CLOSED[start : start + 4] for start in range(0, len(CLOSED), 4))

    assert refuse("Payment", {"CreditorIban": spaced}) is not None


@pytest.mark.parametrize("amount", [None, True, "12 EUR", "NaN", "Infinity", [], {"a": 1}, "", "1" * 5000])
def test_an_amount_that_is_no_number_in_range_is_refused(amount: object):
    refusal = refuse("Payment", {"Amount": amount})

    assert refusal is not None
    assert refusal.rule == "PAY-1"
    assert len(refusal.reason) < 200


@pytest.mark.parametrize(
    ("entity", "payload"),
    [
        ("Payment", {}),
        ("Payment", {"Amount": Decimal("0.01")}),
        ("Payment", {"Amount": "999999999.99"}),
        ("ExchangeRate", {"Rate": HIGHEST_RATE, "Currency": "IDR"}),
        ("ExchangeRate", {"Currency": ["RUB"]}),
        ("PaymentStatus", {"Amount": -5, "CreditorIban": CLOSED}),
    ],
)
def test_what_breaks_no_rule_of_its_entity_passes(entity: str, payload: dict[str, object]):
    assert refuse(entity, payload) is None


@given(
    entity=st.sampled_from(["Payment", "ExchangeRate"]),
    payload=st.dictionaries(
        st.sampled_from(["Amount", "CreditorIban", "Currency", "Rate"]),
        st.none() | st.booleans() | st.integers() | st.decimals() | st.text() | st.lists(st.text()),
    ),
)
def test_any_payload_gets_a_decision(entity: str, payload: dict[str, object]):
    refusal = refuse(entity, payload)

    assert refusal is None or refusal.rule in refusal.reason
