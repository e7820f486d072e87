from collections.abc import Mapping, Sequence
from typing import Any

from integrationhub.wire.odata.registry import EntitySet, EntityType, Operation, Parameter, Property
from integrations import accounts, agreements
from integrations.api.odata.columns import (
    CLIENT,
    DATES,
    INT32,
    MOMENT,
    ROW_VERSION,
    STRING,
    key,
    name,
    shown,
    to_many,
    to_one,
)
from integrations.api.odata.verbs import act, client_of, owned_verbs
from integrations.api.odata.visibility import seen
from integrations.models import Account, ClientIntegrationAccount, Consent

ACCOUNT = EntityType(
    "Account",
    ("Id",),
    (
        key("AccountId"),
        name(),
        Property("AccountStateId", STRING, "state_id", nullable=False, max_length=450, default="Active"),
        CLIENT,
        *DATES,
    ),
    (
        to_one("AccountState", "AccountStates", "state_id", partner="Accounts"),
        to_many("ClientIntegrationAccounts", "ClientIntegrationAccounts", "account_id", partner="Account"),
    ),
    concurrency=ROW_VERSION,
)
LINK = EntityType(
    "ClientIntegrationAccount",
    ("Id",),
    (
        key("ClientIntegrationAccountId"),
        Property("ClientIntegrationId", INT32, "client_integration_id", nullable=False),
        Property("ConsentId", INT32, "consent_id"),
        Property("APIReference", STRING, "api_reference", max_length=36),
        Property("AccountId", INT32, "account_id"),
        CLIENT,
        *DATES,
    ),
    (
        to_one(
            "ClientIntegration",
            "ClientIntegrations",
            "client_integration_id",
            partner="ClientIntegrationAccounts",
        ),
        to_one("Consent", "Consents", "consent_id", partner="ClientIntegrationAccounts", nullable=True),
        to_one("Account", "Accounts", "account_id", partner="ClientIntegrationAccounts", nullable=True),
    ),
    concurrency=ROW_VERSION,
)
CONSENT = EntityType(
    "Consent",
    ("Id",),
    (
        key("ConsentId"),
        shown("ConsentTypeId", STRING, "consent_type_id", nullable=False, max_length=64),
        shown("State", STRING, "state", nullable=False, max_length=16),
        shown("GrantedOn", MOMENT, "granted_on", nullable=False),
        shown("ExpiresOn", MOMENT, "expires_on"),
        CLIENT,
        *DATES,
    ),
    (
        to_one("ConsentType", "ConsentTypes", "consent_type_id", partner="Consents"),
        to_many("ClientIntegrations", "ClientIntegrations", "consent_id", partner="Consent"),
        to_many("ClientIntegrationAccounts", "ClientIntegrationAccounts", "consent_id", partner="Consent"),
    ),
    concurrency=ROW_VERSION,
)


def accounts_and_consents() -> Sequence[EntitySet]:
    """A client's accounts elsewhere, how they are reached, and what it agreed to."""
    of_accounts = owned_verbs(
        ACCOUNT, lambda caller: Account(client=client_of(caller)), accounts.save, accounts.remove
    )
    of_links = owned_verbs(
        LINK,
        lambda caller: ClientIntegrationAccount(client=client_of(caller)),
        accounts.save,
        accounts.remove,
    )
    return [
        EntitySet("Accounts", ACCOUNT, seen(Account), **of_accounts._asdict(), searched=("Name",)),
        EntitySet(
            "ClientIntegrationAccounts",
            LINK,
            seen(ClientIntegrationAccount),
            **of_links._asdict(),
            aliases=("V_ClientIntegrationAccounts",),
            searched=("APIReference",),
        ),
        EntitySet("Consents", CONSENT, seen(Consent)),
    ]


def operations() -> Sequence[Operation]:
    of_set: Mapping[str, Any] = {"on": "Consents"}
    until = Parameter("ExpiresOn", MOMENT, default=None)
    return [
        act("Renew", CONSENT, _renew, **of_set, parameters=(until,)),
        act("Withdraw", CONSENT, agreements.withdraw, **of_set),
    ]


def _renew(consent: Consent, **arguments: Any) -> None:
    agreements.renew(consent, until=arguments.pop("ExpiresOn"), **arguments)
