"""POST, PATCH, PUT and DELETE of rows and of their properties: found, checked and handed to the set's verbs.

A write and everything it reads is one transaction: the row stays locked from the look at its version to the
answer, and what fails leaves nothing.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse

from . import bodies, etags, keys, payloads, property_writing, reading
from .entity_bodies import Purpose, values_of
from .errors import ODataError, not_found
from .exchange import Exchange
from .nested_posts import with_parent
from .plans import VERSION, Plan, Row
from .registry import Create, Delete, EntitySet, Update, Values
from .resources import Kind, Resource


@dataclass(frozen=True)
class Write:
    """A request that writes, and what it writes to."""

    exchange: Exchange
    resource: Resource
    set: EntitySet
    rows: QuerySet[Any]

    def find(self) -> Any:
        """The row addressed, held against other writers, None where there is none.

        Raises 412 when it has another version than the request names.
        """
        row = locked(self.rows)
        if row is not None:
            etags.check(self.exchange.headers, version_of(self.set, row))
        return row

    def get(self) -> Any:
        """As `find`. Raises 404 where there is none."""
        row = self.find()
        if row is None:
            raise not_found()
        return row

    def written(self, row: Any) -> tuple[Plan, Row]:
        return reading.read_written(self.exchange, self.set, row)


def answer(exchange: Exchange, resource: Resource) -> HttpResponse:
    """Raises ODataError: 405 where the resource has no such verb."""
    if resource.set is None or resource.rows is None:
        raise not_allowed(exchange, resource)
    with transaction.atomic():
        return _do(Write(exchange, resource, resource.set, resource.rows))


def not_allowed(exchange: Exchange, resource: Resource) -> ODataError:
    methods = ", ".join(allowed(resource))
    message = f"{exchange.method} is not allowed here; there are {methods}."
    return ODataError(405, "", message, headers={"Allow": methods})


def allowed(resource: Resource) -> list[str]:
    """The methods that the resource has, as `Allow` lists them."""
    return ["GET", "HEAD", *_writing(resource)]


def locked(rows: QuerySet[Any]) -> Any:
    """The one row, held against other writers. None where there is none."""
    return rows.select_for_update(of=("self",)).first()


def version_of(entity_set: EntitySet, row: Any) -> Any:
    return entity_set.type.concurrency and getattr(row, entity_set.type.concurrency)


def _writing(resource: Resource) -> list[str]:
    if resource.set is None:
        return []
    changing = ["PATCH", "PUT"] if resource.set.update else []
    match resource.kind:
        case Kind.COLLECTION:
            return ["POST"] if resource.set.create else []
        case Kind.ENTITY:
            return [*changing, *(["DELETE"] if resource.set.delete else [])]
        case Kind.PROPERTY | Kind.RAW:
            return [*changing, *(["DELETE"] if changing else [])]
    return []


def _do(write: Write) -> HttpResponse:
    verbs, method = write.set, write.exchange.method
    match write.resource.kind:
        case Kind.COLLECTION if method == "POST" and verbs.create:
            return _create(write, verbs.create)
        case Kind.ENTITY if method in ("PATCH", "PUT") and verbs.update:
            return _change(write, verbs.update)
        case Kind.ENTITY if method == "DELETE" and verbs.delete:
            return _delete(write, verbs.delete)
        case Kind.PROPERTY | Kind.RAW if method in ("PATCH", "PUT", "DELETE") and verbs.update:
            return _change_property(write, verbs.update)
    raise not_allowed(write.exchange, write.resource)


def _create(write: Write, create: Create) -> HttpResponse:
    body = with_parent(bodies.read(write.exchange), write.resource, write.set)
    return _inserted(write, create, values_of(write.exchange, write.set, body, Purpose.INSERT))


def _inserted(write: Write, create: Create, values: Values) -> HttpResponse:
    plan, row = write.written(create(write.exchange.caller, values))
    return _shown(write, plan, row, status=201)


def _change(write: Write, update: Update) -> HttpResponse:
    row = write.find()
    if row is None:
        return _upserted(write)
    purpose = Purpose.REPLACE if write.exchange.method == "PUT" else Purpose.CHANGE
    body = bodies.read(write.exchange)
    update(write.exchange.caller, row, values_of(write.exchange, write.set, body, purpose, row=row))
    return _shown(write, *write.written(row), status=200)


def _upserted(write: Write) -> HttpResponse:
    """Only where the caller chooses the key does a write to a missing row make it."""
    rows, resource = write.set, write.resource
    if not rows.key_is_client_chosen or rows.create is None or resource.via is not None or not resource.key:
        raise not_found()
    etags.check(write.exchange.headers, None)
    body = bodies.read(write.exchange)
    values = values_of(write.exchange, rows, body, Purpose.REPLACE)
    return _inserted(write, rows.create, {**values, **resource.key})


def _delete(write: Write, delete: Delete) -> HttpResponse:
    delete(write.exchange.caller, write.get())
    return HttpResponse(status=204)


def _change_property(write: Write, update: Update) -> HttpResponse:
    exchange, resource = write.exchange, write.resource
    row = write.get()
    update(exchange.caller, row, property_writing.values_of(exchange, resource))
    _, shown = write.written(row)
    if exchange.method == "DELETE" or resource.kind is Kind.RAW or _wants(exchange) == "minimal":
        return HttpResponse(status=204, headers={**_tag(shown), **_applied(exchange)})
    value = property_writing.value_in(resource, shown)
    answered = payloads.value(exchange, resource, resource.properties[-1].type, value)
    return _with(answered, {**_tag(shown), **_applied(exchange)})


def _shown(write: Write, plan: Plan, row: Row, *, status: int) -> HttpResponse:
    exchange = write.exchange
    url = exchange.root + keys.entity_path(plan.set, row)
    headers = {**({"Location": url} if status == 201 else {}), **_applied(exchange)}
    if _wants(exchange) == "minimal":
        return HttpResponse(status=204, headers={**headers, **_tag(row), "OData-EntityId": url})
    resource = Resource(Kind.ENTITY, plan.set)
    return _with(payloads.entity(exchange, resource, plan, row, status), headers)


def _with(response: HttpResponse, headers: dict[str, str]) -> HttpResponse:
    for name, value in headers.items():
        response[name] = value
    return response


def _tag(row: Row) -> dict[str, str]:
    return {"ETag": etags.etag_of(row[VERSION])} if row.get(VERSION) is not None else {}


def _wants(exchange: Exchange) -> str:
    return exchange.preferences.get("return", "").lower()


def _applied(exchange: Exchange) -> dict[str, str]:
    wanted = _wants(exchange)
    return {"Preference-Applied": f"return={wanted}"} if wanted in ("minimal", "representation") else {}
