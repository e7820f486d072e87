"""The resources of this app under `/hub/v1/`."""

from rest_framework.routers import BaseRouter

from integrations.api.actions import ActionViewSet
from integrations.api.audit import AuditViewSet
from integrations.api.client_integrations import ClientIntegrationViewSet
from integrations.api.clients import ClientViewSet
from integrations.api.consents import ConsentViewSet
from integrations.api.credentials import CredentialViewSet
from integrations.api.definitions import IntegrationViewSet
from integrations.api.entities import EntityViewSet
from integrations.api.freshness import FreshnessViewSet
from integrations.api.oauth_applications import OAuthApplicationViewSet
from integrations.api.records import RecordViewSet
from integrations.api.running import RunningViewSet
from integrations.api.runs import RunViewSet
from integrations.api.schedules import ScheduleViewSet
from integrations.api.systems import SystemViewSet
from integrations.api.versions import VersionViewSet


def register(router: BaseRouter) -> None:
    router.register("records", RecordViewSet, "record")
    router.register("integrations", IntegrationViewSet, "integration")
    router.register("client-integrations", ClientIntegrationViewSet, "client-integration")
    router.register("runs", RunViewSet, "run")
    router.register("freshness", FreshnessViewSet, "freshness")
    router.register("clients", ClientViewSet, "client")
    router.register("entities", EntityViewSet, "entity")
    router.register("systems", SystemViewSet, "system")
    router.register("schedules", ScheduleViewSet, "schedule")
    router.register("actions", ActionViewSet, "action")
    router.register("client-integrations", RunningViewSet, "running")
    router.register("integrations/(?P<integration>[0-9]+)/versions", VersionViewSet, "integration-version")
    router.register("consents", ConsentViewSet, "consent")
    router.register("oauth-applications", OAuthApplicationViewSet, "oauth-application")
    router.register("credentials", CredentialViewSet, "credential")
    router.register("audit", AuditViewSet, "audit-entry")
