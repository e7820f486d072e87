"""An item put into the ledger by hand, beside those that runs find."""

from datetime import datetime

from django.db import transaction

from integrations.errors import Conflict, Refused
from integrations.models import Client, ClientIntegration
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope
from queues.enqueue import Opening, open_items
from queues.models import IntegrationQueue
from queues.waking import wake_drains


def add(
    activation: ClientIntegration,
    item_id: str,
    *,
    name: str,
    updated_on: datetime,
    by: Principal,
    now: datetime,
) -> IntegrationQueue:
    """A new row, waiting for its turn. Raises Conflict where the ledger has the item already."""
    check_scope(by, Scope.OPERATE)
    check_acts_for(activation.client_id, by)
    rows = IntegrationQueue.objects.filter(client_integration=activation, item_id=item_id)
    with transaction.atomic():
        if rows.exists():
            raise Conflict("The queue has this item already.", field="item_id")
        open_items([(item_id, name, updated_on)], Opening(activation, None, now))
    wake_drains()
    return rows.get()


def activation_of(
    client: Client, client_integration_id: int | None, integration_id: int | None
) -> ClientIntegration:
    """Whose item it is: as named, else the client's own use of the integration. Raises Refused."""
    if client_integration_id is None and integration_id is None:
        raise Refused("Name the integration or the client integration.", field="integration_id")
    rows = ClientIntegration.objects.for_client(client).select_related("integration").defer("secret")
    if client_integration_id is None:
        found = rows.filter(integration=integration_id).first()
        if found is None:
            raise Refused("The client does not use this integration.", field="integration_id")
        return found
    found = rows.filter(pk=client_integration_id).first()
    if found is None:
        raise Refused("This is another client's.", field="client_integration_id")
    if integration_id not in (None, found.integration_id):
        raise Refused("The client integration is of another integration.", field="integration_id")
    return found
