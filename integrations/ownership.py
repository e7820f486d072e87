"""Who may change a row: one that is the hub's or a client's own, and one that belongs to a client."""

from integrations.errors import NotAllowed
from integrations.models import Action, Integration, Schedule, System
from integrations.principals import Principal, Scope

Owned = Action | Integration | Schedule | System


def check_may_change(row: Owned, by: Principal) -> None:
    """Raises NotAllowed. Staff that picked a client change that client's rows and the hub's."""
    if by.spans_clients:
        return
    if row.owner_id is None and not by.is_staff:
        raise NotAllowed(f"Only staff change the hub's {row._meta.verbose_name_plural}.")
    if row.owner_id is not None and (by.client is None or by.client.pk != row.owner_id):
        raise NotAllowed("This belongs to another client.")


def check_acts_for(client_id: int, by: Principal) -> None:
    """Raises NotAllowed unless the caller acts for this client, or for all of them."""
    if not by.spans_clients and (by.client is None or by.client.pk != client_id):
        raise NotAllowed("This belongs to another client.")


def check_scope(by: Principal, scope: Scope) -> None:
    """Raises NotAllowed."""
    if not by.may(scope):
        raise NotAllowed(f"The credential lacks the scope {scope}.")
