"""What the demo ERP refuses for good: its rules of bookkeeping. Trying again never helps.

A rule looks only at fields that are there, so that a partial update passes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from demo.mod97 import make_iban

Payload = Mapping[str, object]

# Bank codes that no bank has: nobody's account is meant.
CLOSED_ACCOUNTS = (
    make_iban("AT", "9999900000000013"),
    make_iban("DE", "999999990000000013"),
    make_iban("LU", "9990000000000013"),
)
UNQUOTED_CURRENCIES = ("HRK", "RUB")
HIGHEST_AMOUNT = Decimal("999999999.99")
HIGHEST_RATE = Decimal(20750)


@dataclass(frozen=True, slots=True)
class Rule:
    """`broken_by` tells in words how a payload breaks the rule, None where it keeps it."""

    name: str
    broken_by: Callable[[Payload], str | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    rule: str
    reason: str


def refuse(entity: str, payload: Payload) -> Refusal | None:
    """The first rule of the entity that the payload breaks."""
    for rule in _RULES.get(entity, ()):
        if reason := rule.broken_by(payload):
            return Refusal(rule.name, f"{reason} (rule {rule.name})")
    return None


def _misses_amount(payload: Payload) -> str | None:
    return _misses(payload, "Amount", highest=HIGHEST_AMOUNT)


def _names_closed_account(payload: Payload) -> str | None:
    iban = str(payload.get("CreditorIban")).replace(" ", "")
    return f"the creditor's account {iban} is closed" if iban in CLOSED_ACCOUNTS else None


def _names_unquoted_currency(payload: Payload) -> str | None:
    currency = payload.get("Currency")
    return f"{currency} is not quoted against the euro" if currency in UNQUOTED_CURRENCIES else None


def _misses_rate(payload: Payload) -> str | None:
    return _misses(payload, "Rate", highest=HIGHEST_RATE)


def _misses(payload: Payload, field: str, *, highest: Decimal) -> str | None:
    if field not in payload or _is_within(payload[field], highest):
        return None
    return f"{field} must be above 0 and at most {highest}, not {str(payload[field])[:40]}"


def _is_within(value: object, highest: Decimal) -> bool:
    """Numbers may come as JSON numbers or as text, which keeps every digit."""
    try:
        return 0 < Decimal(str(value)) <= highest
    except InvalidOperation:
        return False


_RULES: Mapping[str, tuple[Rule, ...]] = {
    "Payment": (Rule("PAY-1", _misses_amount), Rule("PAY-2", _names_closed_account)),
    "ExchangeRate": (Rule("RATE-1", _names_unquoted_currency), Rule("RATE-2", _misses_rate)),
}
