"""Codes with two check digits modulo 97: IBAN (ISO 13616) and creditor reference (ISO 11649)."""

import re

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}")


def make_iban(country: str, account: str) -> str:
    """The IBAN of a domestic account number; two capital letters, then digits and capitals."""
    return _guard(country, account)


def make_creditor_reference(number: str) -> str:
    """A structured payment reference, `RF` and up to 21 digits and capitals of the creditor's own."""
    return _guard("RF", number)


def is_valid(code: str) -> bool:
    """Whether the check digits of an IBAN or a creditor reference fit the rest of it."""
    return _SHAPE.fullmatch(code) is not None and _remainder(code) == 1


def _guard(prefix: str, body: str) -> str:
    return f"{prefix}{98 - _remainder(f'{prefix}00{body}'):02d}{body}"


def _remainder(code: str) -> int:
    turned = code[4:] + code[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97
