"""The action `http.send`: one HTTP request for each item."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from integrationhub.wire.transport import (
    Failure,
    Request,
    Response,
    check_header,
    check_url,
)
from integrations.errors import Refused
from integrations.models import System
from queues import bearers, redaction
from queues.answers import outcome_of
from queues.handlers import Prepared, SignIn, Terms, Work
from queues.mapping import MappingError, check_path, compile_expression, render_body, render_path
from queues.outcomes import Exchange, Outcome, Permanent, Snooze

DEADLINE = 30.0
RENEWAL_SECONDS = 1.0
_KEY = "Idempotency-Key"

_CONFIGURATION = Draft202012Validator(
    {
        "type": "object",
        "properties": {
            "method": {"enum": ["POST", "PUT", "PATCH", "DELETE", "GET"]},
            "path": {"type": "string", "maxLength": 2048},
            "body": {"type": "string", "description": "JMESPath over the item's values; absent: all of them"},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 50},
            "deadline": {"type": "number", "exclusiveMinimum": 0, "maximum": DEADLINE},
        },
        "required": ["path"],
        "additionalProperties": False,
    }
)
# Who we are and which item it is: an action that set these could speak for another.
_PROMISED_HEADERS = frozenset({"idempotency-key", "authorization"})


class HttpSend:
    def check(self, configuration: Mapping[str, object]) -> None:
        if fault := best_match(_CONFIGURATION.iter_errors(configuration)):
            place = "/".join(map(str, fault.absolute_path)) or "configuration"
            raise Refused(f"{place}: {fault.message}", field="configuration")
        try:
            check_path(str(configuration["path"]))
            for name, value in _own_headers(configuration):
                check_own_header(name, value)
            if "body" in configuration:
                compile_expression(str(configuration["body"]))
        except ValueError as error:  # a MappingError is one
            raise Refused(str(error), field="configuration") from None

    def prepare(self, work: Work) -> Prepared | Outcome:
        try:
            letterhead = work.terms.once(_letterhead)
            request = letterhead.write(work)
        except (MappingError, ValueError) as error:
            return Permanent(str(error))
        # The credentials are left out: a rotated secret is not another request.
        fingerprint = hashlib.sha1(
            f"{request.method} {request.url}\n".encode() + request.body, usedforsecurity=False
        ).hexdigest()
        return Prepared(fingerprint, request=request)

    def conclude(self, work: Work, prepared: Prepared, answer: Response | Failure, now: datetime) -> Outcome:
        assert prepared.request is not None  # noqa: S101  (prepare always makes one)
        sent = work.terms.once(_letterhead).shown(prepared.request)
        exchange = Exchange(sent, *_received(answer))
        sign_in = work.terms.sign_in
        if isinstance(answer, Response) and bearers.another_may_do(sign_in, answer.status, now):
            return Snooze(RENEWAL_SECONDS, "The token was turned away; another one is fetched.", exchange)
        return outcome_of(answer, exchange, now)


@dataclass(frozen=True)
class Letterhead:
    """What the requests for all items have in common."""

    method: str
    base_url: str
    path: str
    body: str | None
    deadline: float
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    shown_headers: str

    def write(self, work: Work) -> Request:
        """Raises MappingError, or ValueError for a URL that cannot be called."""
        values = work.row.values
        url = self.base_url + render_path(self.path, values)
        check_url(url)
        body = b"" if self.method == "GET" else render_body(self.body, values, with_blanks=work.with_blanks)
        return Request(self.method, url, ((_KEY, work.key), *self.headers), body, self.deadline)

    def shown(self, request: Request) -> str:
        """What may be written down of a request of ours."""
        url, (_, key) = redaction.url(request.url), request.headers[0]
        body = redaction.body(request.body)
        return f"{request.method} {url}\n{_KEY}: {key}\n{self.shown_headers}\n\n{body}"


def _letterhead(terms: Terms) -> Letterhead:
    configuration, sign_in = terms.configuration, terms.sign_in
    method, body = str(configuration.get("method", "POST")), configuration.get("body")
    content = [] if method == "GET" else [("Content-Type", "application/json")]
    headers = [("Accept", "application/json"), *sign_in_headers(sign_in), *content]
    headers += _own_headers(configuration)
    return Letterhead(
        method,
        base_url=terms.system.base_url.rstrip("/"),
        path=str(configuration["path"]),
        body=None if body is None else str(body),
        deadline=float(str(configuration.get("deadline", DEADLINE))),
        headers=tuple(headers),
        shown_headers=redaction.headers(headers, secret_names=[sign_in.header] if sign_in.header else []),
    )


def _received(answer: Response | Failure) -> tuple[str, int | None, int]:
    """What may be written down of an answer, its status, and how many milliseconds it took."""
    duration = round(answer.elapsed * 1000)
    if isinstance(answer, Failure):
        return "", None, duration
    headers, body = redaction.headers(answer.headers.items()), redaction.body(answer.body)
    return f"{answer.status}\n{headers}\n\n{body}", answer.status, duration


def _own_headers(configuration: Mapping[str, object]) -> list[tuple[str, str]]:
    own = configuration.get("headers", {})
    return [(str(name), str(value)) for name, value in own.items()] if isinstance(own, Mapping) else []


def check_own_header(name: str, value: str) -> None:
    """Raises ValueError for a header that cannot be sent, or that the hub answers for."""
    check_header(name, value)
    if name.lower() in _PROMISED_HEADERS:
        raise ValueError(f"headers: {name} is set by the hub.")


def sign_in_headers(sign_in: SignIn) -> list[tuple[str, str]]:
    match sign_in.scheme:
        case System.Authentication.BASIC:
            pair = f"{sign_in.username}:{sign_in.secret}".encode()
            return [("Authorization", f"Basic {base64.b64encode(pair).decode()}")]
        case System.Authentication.BEARER:
            return [("Authorization", f"Bearer {sign_in.secret}")]
        case System.Authentication.API_KEY:
            return [(sign_in.header, sign_in.secret)]
        case _:
            return []
