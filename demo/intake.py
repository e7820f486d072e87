"""What a write says: which entity it is for, under which key, with which payload."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from demo.http1 import HttpError, Request

COLLECTIONS = {"rates": "ExchangeRate", "payments": "Payment", "payment-status": "PaymentStatus"}
METHODS = ("POST", "PUT")

_ENTITY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_KEY = re.compile(r"[!-+\--~]{1,255}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a write goes: an entity and, if the path goes on, the id of one item."""

    entity: str
    resource: str


def find_place(path: str) -> Place:
    """`/payments`, `/payments/17`, `/entities/Payment/17`: the last two are one. Raises HttpError 404."""
    collection, _, rest = path.removeprefix("/").partition("/")
    if collection == "entities":
        entity, _, rest = rest.partition("/")
    else:
        entity = COLLECTIONS.get(collection, "")
    if _ENTITY.fullmatch(entity) is None:
        known = ", ".join(f"/{name}" for name in COLLECTIONS)
        raise HttpError(404, f"no such path; there are {known} and /entities/<Entity>")
    return Place(entity, rest)


def read_key(request: Request) -> str:
    key = request.head.headers.get("idempotency-key", "")
    if _KEY.fullmatch(key) is None:
        raise HttpError(
            400, "Idempotency-Key must be given once, with 1 to 255 visible characters but no comma"
        )
    return key


def read_payload(body: bytes) -> Mapping[str, object]:
    """The JSON object of a body; numbers with a fraction are Decimal."""
    try:
        payload = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise HttpError(400, "the body is not JSON that can be read: it is nested too deep") from None
    except ValueError as error:
        raise HttpError(400, f"the body is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise HttpError(400, "the body must be a JSON object")
    return payload


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
