"""`@odata.context`: what a payload is an answer to, as a fragment of $metadata."""

from . import keys
from .edm import EdmType, qualified
from .exchange import Exchange
from .plans import Plan
from .resources import Resource


def of_service(exchange: Exchange) -> str:
    return f"{exchange.root}$metadata"


def of_collection(exchange: Exchange, plan: Plan) -> str:
    projection = f"({plan.projection})" if plan.projection else ""
    return f"{exchange.root}$metadata#{plan.set.name}{projection}"


def of_entity(exchange: Exchange, resource: Resource, plan: Plan) -> str:
    if resource.singleton is None or resource.via is not None:
        return of_collection(exchange, plan) + "/$entity"
    projection = f"({plan.projection})" if plan.projection else ""
    return f"{exchange.root}$metadata#{resource.singleton.name}{projection}"


def of_value(exchange: Exchange, resource: Resource, kind: EdmType) -> str:
    """Of a property it is the property's path, of an operation's result the type."""
    if not resource.properties:
        return f"{exchange.root}$metadata#{qualified(kind, exchange.service.namespace)}"
    names = [each.name for each in resource.properties]
    return f"{exchange.root}$metadata#{'/'.join([_path(resource), *names])}"


def _path(resource: Resource) -> str:
    """How the entity that holds the property was reached."""
    key = keys.key_text(resource.set.type, resource.key) if resource.set and resource.key else ""
    if resource.via is not None and resource.parent is not None:
        return f"{_path(resource.parent)}/{resource.via.name}{key}"
    if resource.singleton is not None:
        return resource.singleton.name
    return f"{resource.set.name if resource.set else ''}{key}"
