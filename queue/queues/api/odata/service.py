from integrationhub.wire.odata.registry import Service
from integrations.api.odata import accounts, activations
from integrations.api.odata.columns import to_many
from integrations.api.odata.definitions import integrations
from integrations.api.odata.parts import definition_parts
from integrations.api.odata.records import records
from integrations.api.odata.runs import integration_runs
from integrations.api.odata.vocabularies import vocabularies
from integrations.principals import Principal
from queues.api.odata import items, logs
from queues.api.odata.dry_runs import dry_run_operation
from queues.api.odata.explanations import why_not_operation


def _permits(principal: Principal, scope: str) -> bool:
    return principal.may(scope)


_TO_QUEUE = {"label": "IntegrationQueues", "target": "IntegrationQueues"}

SERVICE = Service(
    namespace="FinanceKey",
    sets=(
        *integrations(to_many(**_TO_QUEUE, column="integration_id", partner="Integration")),
        *items.integration_queues(),
        *activations.client_integrations(
            to_many(**_TO_QUEUE, column="client_integration_id", partner="ClientIntegration"),
            to_many("ActionLogs", "ActionLogs", "client_integration_id", partner="ClientIntegration"),
        ),
        *accounts.accounts_and_consents(),
        *definition_parts(),
        *vocabularies(),
        *logs.states_and_logs(),
        *integration_runs(to_many(**_TO_QUEUE, column="run_id", partner="IntegrationRun")),
        *records(),
    ),
    operations=(
        *items.operations(),
        *activations.operations(),
        *accounts.operations(),
        dry_run_operation(),
        why_not_operation(),
    ),
    permits=_permits,
)
