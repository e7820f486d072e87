from collections.abc import Mapping
from typing import Any

from integrationhub.wire.odata.edm import CollectionOf, ComplexType, Primitive
from integrationhub.wire.odata.registry import Caller, Operation, Parameter, Property
from integrations.api.odata.columns import BOOLEAN, STRING
from integrations.api.odata.verbs import client_of, spoken
from integrations.principals import Scope
from queues.api.odata.dry_runs import drafted
from queues.why_not import Clause, Explanation, explain

VALUE = ComplexType("ReadValue", (Property("Name", STRING, nullable=False), Property("Value", STRING)))
CLAUSE = ComplexType(
    "ExplainedClause",
    (
        Property("Text", STRING, nullable=False),
        Property("Holds", BOOLEAN, nullable=False),
        Property("Values", CollectionOf(VALUE), nullable=False),
    ),
)
EXPLANATION = ComplexType(
    "Explanation",
    (
        Property("ItemId", STRING, nullable=False),
        Property("Found", BOOLEAN, nullable=False),
        Property("Matches", BOOLEAN, nullable=False),
        Property("IntegrationQueueStateId", STRING),
        Property("Clauses", CollectionOf(CLAUSE), nullable=False),
        Property("Reasons", CollectionOf(Primitive.STRING), nullable=False),
    ),
)


def why_not_operation() -> Operation:
    """Why the next run does not queue one of the client's rows, by the own filter or another."""
    return Operation(
        "WhyNot",
        "action",
        _run,
        bound_to="Integrations",
        parameters=(
            Parameter("ItemId", STRING, nullable=False),
            Parameter("Filter", STRING, default=None),
        ),
        returns=EXPLANATION,
        scope=Scope.READ,
    )


def _run(caller: Caller, bound: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    integration = drafted(bound, arguments["Filter"])
    with spoken():
        return _shown(explain(integration, client_of(caller), arguments["ItemId"], now=caller.now))


def _shown(found: Explanation) -> dict[str, Any]:
    return {
        "ItemId": found.item_id,
        "Found": found.found,
        "Matches": found.matches,
        "IntegrationQueueStateId": found.state,
        "Clauses": [_clause(each) for each in found.clauses],
        "Reasons": found.reasons,
    }


def _clause(clause: Clause) -> dict[str, Any]:
    values = [
        {"Name": name, "Value": None if value is None else str(value)}
        for name, value in clause.values.items()
    ]
    return {"Text": clause.text, "Holds": clause.holds, "Values": values}
