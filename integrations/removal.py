"""Deleting definitions and what they are built from, as long as nothing hangs on them."""

from django.db.models import ProtectedError

from integrations.errors import Conflict
from integrations.models import Integration
from integrations.ownership import Owned, check_may_change
from integrations.principals import Principal


def remove(row: Owned, *, by: Principal) -> None:
    """Raises NotAllowed, and Conflict while the row is in use."""
    check_may_change(row, by)
    if isinstance(row, Integration) and row.activations.exists():
        raise Conflict("Clients have used this integration: set active to false instead.")
    try:
        row.delete()
    except ProtectedError as error:
        used_by = sorted({str(each._meta.verbose_name_plural) for each in error.protected_objects})
        raise Conflict(f"It is in use by {', '.join(used_by)}.") from None
