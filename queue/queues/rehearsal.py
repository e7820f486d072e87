"""What an action would send for one real row: rendered, shown without secrets, and not sent."""

from collections.abc import Mapping
from typing import Any

from integrationhub.wire.transport import Request
from integrations import publishing, sources
from integrations.errors import Refused
from integrations.models import Action, Client, ClientIntegration, Integration, Record, System
from integrations.sources import SourceRow
from queues import handlers, redaction
from queues.handlers import Prepared, SignIn, Terms, Work

_KEY = "(the item's key)"


def rehearse(action: Action, integration: Integration, client: Client, *, item_id: str = "") -> str:
    """The request, a head and a body. `action` may be a draft; without an item the newest record is taken.

    Raises Refused where nothing would be sent, with the reason.
    """
    if not integration.is_outbound:
        raise Refused("Nothing is sent by an inbound integration.")
    publishing.check_action(action)
    work = _work(action, integration, client, _row(integration, client, item_id))
    try:
        prepared = handlers.get(action.handler).prepare(work)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise Refused(f"The row is not of its entity's types: {error}", field="item_id") from None
    if not isinstance(prepared, Prepared):
        raise Refused(str(getattr(prepared, "message", "") or "There is nothing to send."))
    if prepared.request is None:
        raise Refused(f"{action.handler} makes no request: there is nothing to show.")
    return _shown(prepared.request)


def newest_item(integration: Integration, client: Client) -> str | None:
    rows = sources.sendable(client.pk, integration.entity_id, integration.system_id)
    return rows.order_by("-stored_on", "-pk").values_list("item_id", flat=True).first()


def _row(integration: Integration, client: Client, item_id: str) -> SourceRow:
    wanted = item_id or newest_item(integration, client)
    if wanted is None:
        raise Refused("The client has no record of this entity.", field="client")
    schema = integration.entity.schema()
    row = sources.read(client.pk, schema, [wanted]).get(wanted)
    if row is None:
        raise Refused(f"The client has no such {Record._meta.verbose_name}.", field="item_id")
    return row


def _work(action: Action, integration: Integration, client: Client, row: SourceRow) -> Work:
    """With nobody's credentials: they have no place in a preview."""
    activation = ClientIntegration(client=client, integration=integration)
    configuration: Mapping[str, Any] = action.configuration
    sign_in = SignIn(System.Authentication.NONE)
    return Work(_KEY, row, Terms(configuration, integration.system, sign_in, activation))


def _shown(request: Request) -> str:
    head = f"{request.method} {redaction.url(request.url)}"
    return "\n".join([head, redaction.headers(request.headers), "", redaction.body(request.body)])
