"""The resources of this app under `/hub/v1/`."""

from rest_framework.routers import BaseRouter

from queues.api.action_logs import ActionLogViewSet
from queues.api.backfills import BackfillViewSet
from queues.api.bulk import BulkJobViewSet, BulkViewSet
from queues.api.dry_runs import DryRunViewSet
from queues.api.effects import EffectViewSet, RevertEffectViewSet
from queues.api.items import QueueItemViewSet


def register(router: BaseRouter) -> None:
    router.register("queue", QueueItemViewSet, "queue-item")
    router.register("queue", BulkViewSet, "bulk")
    router.register("bulk-jobs", BulkJobViewSet, "bulk-job")
    router.register("action-logs", ActionLogViewSet, "action-log")
    router.register("integrations", DryRunViewSet, "dry-run")
    router.register("integrations", EffectViewSet, "effect")
    router.register("integrations/(?P<integration>[0-9]+)/versions", RevertEffectViewSet, "revert-effect")
    router.register("client-integrations", BackfillViewSet, "backfill")
