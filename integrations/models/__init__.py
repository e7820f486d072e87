from integrations.models.actions import Action
from integrations.models.activations import ClientIntegration
from integrations.models.audit import AuditEntry
from integrations.models.clients import Client, Membership
from integrations.models.consents import Consent, ConsentType
from integrations.models.credentials import Credential
from integrations.models.definitions import Direction, Integration, IntegrationVersion
from integrations.models.entities import Entity, EntityProperty
from integrations.models.records import Record
from integrations.models.runs import IntegrationRun
from integrations.models.schedules import Schedule
from integrations.models.systems import System

__all__ = [
    "Action",
    "AuditEntry",
    "Client",
    "ClientIntegration",
    "Consent",
    "ConsentType",
    "Credential",
    "Direction",
    "Entity",
    "EntityProperty",
    "Integration",
    "IntegrationRun",
    "IntegrationVersion",
    "Membership",
    "Record",
    "Schedule",
    "System",
]
