"""A client's external accounts, and through which of its integrations they are reached; and elements."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from integrations.cleaning import clean
from integrations.errors import Conflict, Fault, Invalid, NotAllowed
from integrations.models import Account, ClientIntegrationAccount, Element
from integrations.ownership import check_acts_for
from integrations.principals import Principal

Kept = Account | ClientIntegrationAccount | Element


def save(row: Kept, *, by: Principal, now: datetime) -> None:
    """Check and save a row, new or changed. Raises Refused, NotAllowed or Conflict; nothing is saved then."""
    _check_may_change(row, by)
    clean(row)
    if isinstance(row, ClientIntegrationAccount):
        _check_one_client(row)
    if not row._state.adding:
        row.row_version += 1
    try:
        with transaction.atomic():
            row.save(force_insert=row._state.adding)
    except IntegrityError:
        raise Conflict("Another request was faster; read the row again.") from None


def remove(row: Kept, *, by: Principal) -> None:
    """Raises NotAllowed, and Conflict while the row is in use."""
    _check_may_change(row, by)
    if isinstance(row, Account) and row.client_integrations.exists():
        raise Conflict("The account is reached through an integration.")
    try:
        row.delete()
    except ProtectedError:
        raise Conflict("It is in use.") from None


def _check_may_change(row: Kept, by: Principal) -> None:
    if not isinstance(row, Element):
        check_acts_for(row.client_id, by)
    elif not by.is_staff:
        raise NotAllowed("Only staff change the hub's elements.")


def _check_one_client(row: ClientIntegrationAccount) -> None:
    """What it brings together is its client's."""
    parts: dict[str, Any] = {
        "client_integration": row.client_integration,
        "account": row.account,
        "consent": row.consent,
    }
    faults = [
        Fault(name, f"This {name.replace('_', ' ')} belongs to another client.")
        for name, part in parts.items()
        if part is not None and part.client_id != row.client_id
    ]
    if faults:
        raise Invalid(faults)
