"""One page: asked for, read, and taken apart into items."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from integrationhub.wire.transport import AddressGuard, Request, Response, send
from integrations.canonical import ITEM_TEXT_LENGTH
from integrations.errors import Refused
from integrations.texts import printable, refusal
from queues.answers import reason_of
from queues.handlers import SignIn
from queues.http_send import sign_in_headers
from queues.inbound.configuration import LARGEST_PAGE, Pull
from queues.inbound.marks import Mark
from queues.mapping import MappingError, search

DEADLINE = 15.0
LARGEST_ANSWER = 4 * 1024 * 1024
LARGEST_PAYLOAD = 256 * 1024


class PullFailed(Refused):
    """The system did not answer with a page. `status` is None when it did not answer at all."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it was pulled. `refusal` says why its body is not kept, when it is not."""

    key: str
    name: str
    body: str
    digest: str
    mark: Mark | None
    refusal: str = ""


def fetch(url: str, sign_in: SignIn) -> Response:
    """The answer with a page. Must not be called in a transaction. Raises PullFailed."""
    request = Request(
        "GET",
        url,
        (("Accept", "application/json"), *sign_in_headers(sign_in)),
        deadline=DEADLINE,
        largest_answer=LARGEST_ANSWER,
    )
    answer = send(request, AddressGuard(settings.HUB_OUTBOUND_ALLOW))
    if not isinstance(answer, Response):
        raise PullFailed(f"{answer.kind}: {answer.message}")
    if not 200 <= answer.status < 300:
        raise PullFailed(f"{answer.status}: {reason_of(answer)}", answer.status)
    if answer.truncated:
        raise PullFailed(f"The page is larger than {LARGEST_ANSWER} bytes. Ask for smaller ones.")
    return answer


def read_document(answer: Response) -> object:
    """The JSON of an answer. Raises PullFailed."""
    try:
        return json.loads(answer.body, parse_float=_exact, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise PullFailed(f"The page is not JSON: {error.msg} at {place}.") from None
    except RecursionError:
        raise PullFailed("The page is not JSON that can be read: it is nested too deep.") from None
    except ValueError as error:
        raise PullFailed(f"The page is not JSON: {error}.") from None


def read_items(pull: Pull, document: object) -> tuple[list[Item], list[str]]:
    """The items of a page, and what is wrong with those that cannot be told apart. Raises Refused."""
    found = _find_list(pull, document)
    items: dict[str, Item] = {}
    faults = []
    for position, value in enumerate(found, start=1):
        try:
            item = _read_item(pull, value)
            items[item.key] = item
        except (MappingError, RecursionError) as error:
            faults.append(f"item {position}: {printable(str(error))}")
    return list(items.values()), faults


def _find_list(pull: Pull, document: object) -> Sequence[object]:
    try:
        found = search(pull.items, document)
    except MappingError as error:
        raise Refused(f"items: {error}") from None
    if not isinstance(found, list):
        raise Refused(f"The page has no list of items at {pull.items}.")
    if len(found) > LARGEST_PAGE:
        raise Refused(f"The page has more than {LARGEST_PAGE} items. Ask for smaller ones.")
    return found


def _read_item(pull: Pull, value: object) -> Item:
    key = _key(search(pull.key, value))
    name = _name(search(pull.name, value)) if pull.name else ""
    mark = search(pull.watermark.expression, value) if pull.watermark else None
    body = json.dumps(value, separators=(",", ":"), sort_keys=True)
    kept, reason = body, ""
    if len(body) > LARGEST_PAYLOAD:
        kept, reason = "", f"The item has {len(body)} bytes; at most {LARGEST_PAYLOAD} are kept."
    return Item(
        key=key,
        name=name or key,
        body=kept,
        digest=hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest(),
        mark=mark if isinstance(mark, str | int | float) and not isinstance(mark, bool) else None,
        refusal=reason,
    )


def _key(found: object) -> str:
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise MappingError("it has no key that is a text or a whole number.")
    key = str(found)
    if len(key) > ITEM_TEXT_LENGTH:
        raise MappingError(f"its key has more than {ITEM_TEXT_LENGTH} characters.")
    if reason := refusal(key):
        raise MappingError(f"its key {reason}")
    return key


def _name(found: object) -> str:
    return printable(str(found))[:ITEM_TEXT_LENGTH] if isinstance(found, str | int | float) else ""


def _exact(text: str) -> float | str:
    """A number with a fraction, as text where a float would change it."""
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else text


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
