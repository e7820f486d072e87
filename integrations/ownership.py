"""Who may change a row that is the hub's or one client's own."""

from integrations.errors import NotAllowed
from integrations.models import Action, Integration, Schedule, System
from integrations.principals import Principal

Owned = Action | Integration | Schedule | System


def check_may_change(row: Owned, by: Principal) -> None:
    """Raises NotAllowed. Staff that picked a client change that client's rows and the hub's."""
    if by.spans_clients:
        return
    if row.owner_id is None and not by.is_staff:
        raise NotAllowed(f"Only staff change the hub's {row._meta.verbose_name_plural}.")
    if row.owner_id is not None and (by.client is None or by.client.pk != row.owner_id):
        raise NotAllowed("This belongs to another client.")
