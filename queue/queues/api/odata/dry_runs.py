from collections.abc import Mapping
from typing import Any

from integrationhub.wire.odata.edm import CollectionOf, ComplexType, Primitive
from integrationhub.wire.odata.registry import Caller, Operation, Parameter, Property
from integrations.api.odata.columns import BOOLEAN, INT32, MOMENT, STRING
from integrations.api.odata.verbs import client_of, spoken
from integrations.models import Integration
from integrations.principals import Scope
from queues.dry_run import DryRun, dry_run

SAMPLE = ComplexType(
    "DryRunItem",
    (
        Property("ItemId", STRING, nullable=False),
        Property("ItemName", STRING, nullable=False),
        Property("ItemUpdatedOn", MOMENT, nullable=False),
        Property("IntegrationQueueStateId", STRING),
    ),
)
RESULT = ComplexType(
    "DryRunResult",
    (
        Property("Count", INT32, nullable=False),
        Property("Complete", BOOLEAN, nullable=False),
        Property("First", CollectionOf(SAMPLE), nullable=False),
        Property("Unreadable", CollectionOf(Primitive.STRING), nullable=False),
        Property("Warnings", CollectionOf(Primitive.STRING), nullable=False),
    ),
)


def dry_run_operation() -> Operation:
    """Which of the client's rows an integration takes now, by its own filter or another."""
    return Operation(
        "DryRun",
        "action",
        _run,
        bound_to="Integrations",
        parameters=(Parameter("Filter", STRING, default=None),),
        returns=RESULT,
        scope=Scope.READ,
    )


def _run(caller: Caller, bound: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    integration = drafted(bound, arguments["Filter"])
    with spoken():
        return _shown(dry_run(integration, client_of(caller), now=caller.now))


def drafted(bound: Any, draft: str | None) -> Integration:
    """The integration that an operation is bound to, with another filter where one is given."""
    integration: Integration = bound.select_related("entity").get()
    if draft is not None:
        integration.filter = draft
    return integration


def _shown(found: DryRun) -> dict[str, Any]:
    return {
        "Count": found.count,
        "Complete": found.complete,
        "First": [
            {
                "ItemId": row.item_id,
                "ItemName": row.item_name,
                "ItemUpdatedOn": row.item_updated_on,
                "IntegrationQueueStateId": row.state,
            }
            for row in found.first
        ],
        "Unreadable": found.unreadable,
        "Warnings": found.warnings,
    }
