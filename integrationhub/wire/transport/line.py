"""A handle of libcurl: the request that is on it, and what has come back of it so far."""

import os
import socket
import time
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pycurl

from integrationhub.wire.transport.addresses import AddressGuard
from integrationhub.wire.transport.messages import Failure, FailureKind, Outcome, Request, Response

CONNECT_SECONDS = 5.0
_LIGHT = 64 * 1024

_FIXED = (
    (pycurl.NOSIGNAL, 1),
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.FOLLOWLOCATION, 0),
    (pycurl.PROXY, ""),
    (pycurl.NOPROXY, "*"),
    (pycurl.SSL_VERIFYPEER, 1),
    (pycurl.SSL_VERIFYHOST, 2),
    (pycurl.USERAGENT, "integrationhub"),
    (pycurl.ACCEPT_ENCODING, "gzip, deflate"),
    # Firewalls forget idle connections without a word, and a busy one would never notice that its name moved.
    (pycurl.MAXAGE_CONN, 30),
    (pycurl.MAXLIFETIME_CONN, 300),
)
_SEND, _ABORT = int(pycurl.PREREQFUNC_OK), int(pycurl.PREREQFUNC_ABORT)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_KINDS = {
    pycurl.E_URL_MALFORMAT: FailureKind.INVALID,
    pycurl.E_COULDNT_RESOLVE_HOST: FailureKind.UNRESOLVED,
    pycurl.E_COULDNT_CONNECT: FailureKind.UNREACHABLE,
    pycurl.E_OPERATION_TIMEDOUT: FailureKind.TIMEOUT,
    pycurl.E_SSL_CONNECT_ERROR: FailureKind.TLS,
    pycurl.E_PEER_FAILED_VERIFICATION: FailureKind.TLS,
    pycurl.E_SSL_CACERT_BADFILE: FailureKind.TLS,
    pycurl.E_SSL_CERTPROBLEM: FailureKind.TLS,
    pycurl.E_SSL_CIPHER: FailureKind.TLS,
    pycurl.E_SSL_ISSUER_ERROR: FailureKind.TLS,
    pycurl.E_SSL_INVALIDCERTSTATUS: FailureKind.TLS,
}


class Line:
    """Tells an easy handle about one request after the other, serves as its callbacks, and turns what comes
    of each into an outcome.

    libcurl is told again only what differs from the request before: most of what it is told never does.
    libcurl cannot carry an exception out of a callback, so the callbacks never raise: they note what happened
    and return the value that ends the transfer.
    """

    def __init__(self, curl: Any, guard: AddressGuard, ca_file: str | None) -> None:
        self.curl = curl
        self._guard = guard
        self._ca_file = ca_file
        self._shape: tuple[str, bool] | None = None
        self._told: dict[int, object] = {}
        self._head = BytesIO()

    def take(self, request: Request) -> None:
        """Ready to perform `request`; nothing of the one before is left."""
        self._request = request
        self._started = time.monotonic()
        self._names = tuple([name for name, _ in request.headers])
        self._alone = not _may_arrive_twice(request.method, self._names)
        self._sends = 0
        self._refused = False
        self._dialled = False
        self._head.seek(0)
        self._head.truncate()
        self._body = bytearray()
        self._truncated = False
        self._configure()

    def resend(self, code: int) -> bool:
        """Whether a dead pooled connection ended this try; if so, it is ready to perform it once more."""
        if code != pycurl.E_ABORTED_BY_CALLBACK or self._alone:
            return False
        self._alone = True
        self._configure()
        return True

    def outcome(self, code: int, *, detail: str) -> Outcome:
        elapsed = time.monotonic() - self._started
        if code == pycurl.E_OK or (code == pycurl.E_WRITE_ERROR and self._truncated):
            return Response(
                status=self.curl.getinfo(pycurl.RESPONSE_CODE),
                headers=_parse_headers(self._head.getvalue()),
                body=bytes(self._body),
                elapsed=elapsed,
                truncated=self._truncated,
            )
        kind = self._classify(code)
        reason = detail if kind is FailureKind.TLS else _read_reason(self.curl, code)
        return Failure(kind, self._explain(kind, reason), elapsed)

    @property
    def is_light(self) -> bool:
        """It may be kept for another request: a handle holds on to what it sent last."""
        return len(self._request.body) + len(self._body) <= _LIGHT

    def _configure(self) -> None:
        request, curl = self._request, self.curl
        shape = (request.method, bool(request.body) or request.method in _WITH_BODY)
        if shape != self._shape:
            self._start_over(shape)
        self._tell(pycurl.URL, request.url)
        self._tell(pycurl.FRESH_CONNECT, self._alone)
        left = request.deadline - (time.monotonic() - self._started)
        self._tell(pycurl.TIMEOUT_MS, max(1, int(left * 1000)))
        # "Name:" would remove a header.
        lines = [f"{name}: {value}" if value.strip() else f"{name};" for name, value in request.headers]
        curl.setopt(pycurl.HTTPHEADER, [*_drop_defaults(self._names), *lines])
        if shape[1]:
            curl.setopt(pycurl.POSTFIELDS, request.body)

    def _tell(self, option: int, value: object) -> None:
        if self._told.get(option) != value:
            self.curl.setopt(option, value)
            self._told[option] = value

    def _start_over(self, shape: tuple[str, bool]) -> None:
        """What a method leaves behind is not undone by setting another."""
        curl = self.curl
        curl.reset()
        self._told.clear()
        for option, value in _FIXED:
            curl.setopt(option, value)
        if self._ca_file is not None:
            curl.setopt(pycurl.CAINFO, self._ca_file)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(CONNECT_SECONDS * 1000))
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._dial)
        curl.setopt(pycurl.PREREQFUNCTION, self._before_sending)
        curl.setopt(pycurl.HEADERFUNCTION, self._head.write)
        curl.setopt(pycurl.WRITEFUNCTION, self._read_body)
        method, _ = shape
        if method == "HEAD":
            curl.setopt(pycurl.NOBODY, 1)
        else:
            curl.setopt(pycurl.CUSTOMREQUEST, method)
        self._shape = shape

    @property
    def _host(self) -> str:
        return urlsplit(self._request.url).hostname or ""

    def _dial(self, _purpose: int, target: Any) -> Any:
        if not self._guard.allows(str(target.addr[0]), self._host):
            self._refused = True
            return pycurl.SOCKET_BAD
        self._dialled = True
        try:
            return socket.socket(target.family, target.socktype, target.protocol).detach()
        except OSError:
            return pycurl.SOCKET_BAD

    def _before_sending(self, *_ends: object) -> int:
        """Let libcurl send again on a new connection, but not on one more pooled one: see `resend`."""
        self._sends += 1
        return _SEND if self._sends == 1 or self._dialled else _ABORT

    def _read_body(self, chunk: bytes) -> int:
        room = self._request.largest_answer - len(self._body)
        self._body += chunk[:room]
        self._truncated = len(chunk) > room
        return 0 if self._truncated else len(chunk)

    def _classify(self, code: int) -> FailureKind:
        kind = _KINDS.get(code, FailureKind.CUT)
        if self._sends:  # it may have arrived, however the resend fared
            return kind if kind is FailureKind.TIMEOUT else FailureKind.CUT
        if self._refused and not self._dialled:
            return FailureKind.REFUSED
        return FailureKind.UNREACHABLE if kind in (FailureKind.TIMEOUT, FailureKind.CUT) else kind

    def _explain(self, kind: FailureKind, reason: str) -> str:
        """A sentence of our own: libcurl's may hold resolved addresses. Its words on certificates do not."""
        match kind:
            case FailureKind.REFUSED:
                return f"The address of {self._host} is not allowed."
            case FailureKind.UNRESOLVED:
                return f"The host name {self._host} does not resolve."
            case FailureKind.UNREACHABLE:
                return f"No connection to {self._host}: {reason}."
            case FailureKind.TIMEOUT:
                return f"No whole answer from {self._host} within {self._request.deadline:g} s."
            case FailureKind.TLS:
                return f"No trusted TLS connection to {self._host}: {reason}."
            case FailureKind.INVALID:
                return "The URL is malformed."
            case FailureKind.CUT:
                return f"{self._host} broke off, or sent what is no readable HTTP answer."


def _read_reason(curl: Any, code: int) -> str:
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return "timed out"
    error = curl.getinfo(pycurl.OS_ERRNO)
    return os.strerror(error) if error else "failed"


@lru_cache(maxsize=256)
def _may_arrive_twice(method: str, names: tuple[str, ...]) -> bool:
    return method in _IDEMPOTENT_METHODS or any(name.lower() == "idempotency-key" for name in names)


@lru_cache(maxsize=256)
def _drop_defaults(names: tuple[str, ...]) -> tuple[str, ...]:
    """Headers libcurl would add by itself: a form's content type, and waiting for leave to send a body."""
    named = {name.lower() for name in names}
    return ("Expect:",) if "content-type" in named else ("Expect:", "Content-Type:")


def _parse_headers(head: bytes) -> dict[str, str]:
    """Of the real answer: a 100 or 103 may come before it, trailers after it."""
    headers: dict[str, str] = {}
    text = head[head.rfind(b"\nHTTP/") + 1 :].decode("latin-1")
    for line in text.split("\n")[1:]:
        if not line.strip():
            break
        name, _, value = line.partition(":")
        key, value = name.strip().lower(), value.strip()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
