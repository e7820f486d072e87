"""The resources of this app under `/hub/v1/`."""

from rest_framework.routers import BaseRouter

from queues.api.action_logs import ActionLogViewSet
from queues.api.items import QueueItemViewSet


def register(router: BaseRouter) -> None:
    router.register("queue", QueueItemViewSet, "queue-item")
    router.register("action-logs", ActionLogViewSet, "action-log")
