from collections.abc import Sequence
from typing import Any

from integrationhub.wire.odata.registry import EntitySet, EntityType, Navigation, Property
from integrations import accounts
from integrations.api.odata.columns import (
    BOOLEAN,
    DATES,
    INT32,
    ROW_VERSION,
    STRING,
    name,
    shown,
    to_many,
    to_one,
)
from integrations.api.odata.columns import key as integer_key
from integrations.api.odata.verbs import owned_verbs
from integrations.api.odata.visibility import seen
from integrations.models import AccountState, ConsentType, Direction, Element, Entity, EntityProperty


def key(length: int = 450) -> Property:
    return Property("Id", STRING, "id", nullable=False, min_length=1, max_length=length)


def vocabulary(label: str, plural: str, model: Any, *navigations: Navigation, length: int = 450) -> EntitySet:
    """A closed list that nobody writes."""
    kind = EntityType(label, ("Id",), (key(length), name()), navigations)
    return EntitySet(plural, kind, seen(model), searched=("Id", "Name"))


ENTITY = EntityType(
    "Entity",
    ("Id",),
    (
        key(),
        name(),
        shown("KeyProperty", STRING, "key_property", nullable=False, max_length=128),
        shown("NameProperty", STRING, "name_property", nullable=False, max_length=128),
        shown("UpdatedOnProperty", STRING, "updated_on_property", nullable=False, max_length=128),
        *DATES,
    ),
    (
        to_many("Integrations", "Integrations", "entity_id", partner="Entity"),
        to_many("Records", "Records", "entity_id", partner="Entity"),
        to_many("EntityProperties", "EntityProperties", "entity_id", partner="Entity"),
    ),
    concurrency=ROW_VERSION,
)
ENTITY_PROPERTY = EntityType(
    "EntityProperty",
    ("Id",),
    (
        integer_key("EntityPropertyId"),
        shown("EntityId", STRING, "entity_id", nullable=False, max_length=450),
        shown("Name", STRING, "name", nullable=False, max_length=128),
        shown("Type", STRING, "type", nullable=False, max_length=16),
        shown("Nullable", BOOLEAN, "nullable", nullable=False),
        shown("Position", INT32, "position", nullable=False),
    ),
    (to_one("Entity", "Entities", "entity_id", partner="EntityProperties"),),
)
ELEMENT = EntityType(
    "Element",
    ("Id",),
    (key(256), name(), *DATES),
    (to_many("Integrations", "Integrations", "element_id", partner="Element"),),
    concurrency=ROW_VERSION,
)


def vocabularies() -> Sequence[EntitySet]:
    """What other rows refer to by a text. Elements are staff's to write, all else is given."""
    of_elements = owned_verbs(ELEMENT, lambda caller: Element(), accounts.save, accounts.remove)
    return [
        vocabulary(
            "Direction",
            "Directions",
            Direction,
            to_many("Integrations", "Integrations", "direction_id", partner="DirectionEntry"),
        ),
        vocabulary(
            "ConsentType",
            "ConsentTypes",
            ConsentType,
            to_many("Integrations", "Integrations", "consent_type_id", partner="ConsentTypeEntry"),
            to_many("Consents", "Consents", "consent_type_id", partner="ConsentType"),
            length=64,
        ),
        vocabulary(
            "AccountState",
            "AccountStates",
            AccountState,
            to_many("Accounts", "Accounts", "state_id", partner="AccountState"),
        ),
        EntitySet("Entities", ENTITY, seen(Entity), searched=("Id", "Name")),
        EntitySet("EntityProperties", ENTITY_PROPERTY, seen(EntityProperty), searched=("Name",)),
        EntitySet(
            "Elements",
            ELEMENT,
            seen(Element),
            **of_elements._asdict(),
            key_is_client_chosen=True,
            searched=("Id", "Name"),
        ),
    ]
