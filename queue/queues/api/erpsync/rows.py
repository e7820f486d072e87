"""The rows that arguments name, as far as the caller can see them."""

from integrations import actor_links
from integrations.errors import Refused
from integrations.models import Connection, Record, System
from queues.api.erpsync.operations import Call


def find_connection(call: Call, name: str = "ErpConnectionId") -> Connection | None:
    """Also a deleted one."""
    rows = Connection.objects.visible_to(call.principal).select_related("client", "system")
    return rows.filter(pk=call[name]).first()


def connection_of(call: Call, name: str = "ErpConnectionId") -> Connection:
    """Raises Refused for one that is unknown, foreign or deleted."""
    connection = find_connection(call, name)
    if connection is None or connection.deleted:
        raise Refused("There is no such connection.", field=name)
    return connection


def find_system(call: Call, name: str) -> System | None:
    return System.objects.visible_to(call.principal).filter(pk=call[name]).first()


def system_of(call: Call, name: str) -> System:
    """Raises Refused for one that is unknown or foreign."""
    system = find_system(call, name)
    if system is None:
        raise Refused("There is no such connector.", field=name)
    return system


def find_record(call: Call, name: str) -> Record | None:
    rows = Record.objects.visible_to(call.principal).select_related("client", "entity")
    return rows.filter(pk=call[name]).first()


def record_of(call: Call, name: str, actor_type: str) -> Record:
    """Raises Refused for one that is unknown, foreign or of another type."""
    record = find_record(call, name)
    if record is None or not is_of(record, actor_type):
        raise Refused("There is no such record.", field=name)
    return record


def is_of(record: Record, actor_type: str) -> bool:
    entity = actor_links.entity_of(actor_type)
    return entity is None or record.entity_id == entity.pk
