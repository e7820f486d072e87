"""Payments for the demo: made up, yet the same for the same client, seed and moment."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from demo.mod97 import make_creditor_reference, make_iban
from demo.rules import CLOSED_ACCOUNTS

STATUSES = ("Open", "Approved", "Paid", "Rejected")
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "GBP", "CHF", "SEK", "DKK")
DEPARTMENTS = ("Treasury", "Purchasing", "Payroll", "Projects")
# Country, a bank code that no bank has, digits of the account number.
BANKS = (("AT", "99999", 11), ("DE", "99999999", 10), ("LU", "999", 13))
CREDITORS = 40
REFUSED_EVERY = 200


def make_payments(client_code: str, count: int, *, seed: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Payments of one client, the oldest change first, none changed after `now` (aware).

    Each is `{"Id", "Number", "Debtor", "CreditorIban", "Amount": Decimal, "Currency", "Status", "DueOn",
    "UpdatedOn", "Reference"}`. One in 200 is approved although the demo ERP refuses it for good: by turns the
    creditor's account is closed or the amount is below zero.
    """
    # Made-up business data, no secrets: it has to come out the same again.
    random = Random(f"{seed}/{client_code}")  # noqa: S311
    creditors = [_make_creditor(random) for _ in range(CREDITORS)]
    for index in range(count):
        payment = _make_payment(client_code, index, random=random, creditors=creditors)
        updated_on = now - timedelta(minutes=10 * (count - index))
        due_on = updated_on + timedelta(days=random.randint(-30, 60))
        yield {**payment, **_spoil(index), "DueOn": due_on, "UpdatedOn": updated_on}


def _make_creditor(random: Random) -> str:
    country, bank, digits = random.choice(BANKS)
    return make_iban(country, f"{bank}{random.randrange(10**6, 10**digits):0{digits}d}")


def _make_payment(client_code: str, index: int, *, random: Random, creditors: list[str]) -> dict[str, Any]:
    number = f"{index + 1:06d}"
    return {
        "Id": f"{client_code}-{number}",
        "Number": f"PAY-{number}",
        "Debtor": f"{client_code} {random.choice(DEPARTMENTS)}",
        "CreditorIban": random.choice(creditors),
        "Amount": Decimal(random.randint(1_00, 25_000_00)).scaleb(-2),
        "Currency": random.choice(CURRENCIES),
        "Status": random.choices(STATUSES, weights=(35, 40, 20, 5))[0],
        "Reference": make_creditor_reference(f"{random.randrange(10**9):09d}{number}"),
    }


def _spoil(index: int) -> dict[str, Any]:
    turn, position = divmod(index, REFUSED_EVERY)
    if position != REFUSED_EVERY // 2:
        return {}
    if turn % 2:
        return {"Status": "Approved", "Amount": Decimal(-(index + 1)).quantize(Decimal("0.01"))}
    return {"Status": "Approved", "CreditorIban": CLOSED_ACCOUNTS[turn % len(CLOSED_ACCOUNTS)]}
