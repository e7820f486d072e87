from integrations.models.accounts import Account, AccountState, ClientIntegrationAccount
from integrations.models.actions import Action
from integrations.models.activations import ClientIntegration
from integrations.models.answers import KeptAnswer
from integrations.models.audit import AuditEntry
from integrations.models.clients import Client, Membership
from integrations.models.connections import ActorLink, Connection
from integrations.models.consents import Consent, ConsentType
from integrations.models.credentials import Credential
from integrations.models.definitions import Direction, Integration, IntegrationVersion
from integrations.models.elements import Element
from integrations.models.engines import EngineSwitch
from integrations.models.entities import Entity, EntityProperty
from integrations.models.external import ExternalIntegration
from integrations.models.oauth import AuthorizationRequest, OAuthApplication, OAuthToken
from integrations.models.records import Record
from integrations.models.runs import IntegrationRun
from integrations.models.schedules import Schedule
from integrations.models.systems import System

__all__ = [
    "Account",
    "AccountState",
    "Action",
    "ActorLink",
    "AuditEntry",
    "AuthorizationRequest",
    "Client",
    "ClientIntegration",
    "ClientIntegrationAccount",
    "Connection",
    "Consent",
    "ConsentType",
    "Credential",
    "Direction",
    "Element",
    "EngineSwitch",
    "Entity",
    "EntityProperty",
    "ExternalIntegration",
    "Integration",
    "IntegrationRun",
    "IntegrationVersion",
    "KeptAnswer",
    "Membership",
    "OAuthApplication",
    "OAuthToken",
    "Record",
    "Schedule",
    "System",
]
