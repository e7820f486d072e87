"""One request on the wire, and what has come back of it so far."""

import os
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pycurl

from integrationhub.wire.transport.addresses import AddressGuard
from integrationhub.wire.transport.messages import Failure, FailureKind, Outcome, Request, Response

CONNECT_SECONDS = 5.0

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


class Exchange:
    """Configures an easy handle for `request`, serves as its callbacks, and turns its result into an outcome.

    libcurl cannot carry an exception out of a callback, so the callbacks never raise: they note what happened
    and return the value that ends the transfer.
    """

    def __init__(self, request: Request, guard: AddressGuard) -> None:
        self._request = request
        self._guard = guard
        self._host = urlsplit(request.url).hostname or ""
        self._started = time.monotonic()
        self._alone = not _may_arrive_twice(request)
        self._sends = 0
        self._refused = False
        self._dialled = False
        self._header_lines: list[bytes] = []
        self._body = bytearray()
        self._truncated = False

    def configure(self, curl: Any, ca_file: str | None) -> None:
        for option, value in _FIXED:
            curl.setopt(option, value)
        if ca_file is not None:
            curl.setopt(pycurl.CAINFO, ca_file)
        curl.setopt(pycurl.URL, self._request.url)
        curl.setopt(pycurl.FRESH_CONNECT, self._alone)
        self._set_message(curl)
        self._set_limits(curl)
        self._set_callbacks(curl)

    def resend(self, code: int) -> bool:
        """Whether a dead pooled connection ended this try; if so, it is ready to be configured once more."""
        if code != pycurl.E_ABORTED_BY_CALLBACK or self._alone:
            return False
        self._alone = True
        return True

    def outcome(self, curl: Any, code: int, *, detail: str) -> Outcome:
        elapsed = time.monotonic() - self._started
        if code == pycurl.E_OK or (code == pycurl.E_WRITE_ERROR and self._truncated):
            return Response(
                status=curl.getinfo(pycurl.RESPONSE_CODE),
                headers=_parse_headers(self._header_lines),
                body=bytes(self._body),
                elapsed=elapsed,
                truncated=self._truncated,
            )
        kind = self._classify(code)
        reason = detail if kind is FailureKind.TLS else _read_reason(curl, code)
        return Failure(kind, self._explain(kind, reason), elapsed)

    def _set_message(self, curl: Any) -> None:
        method, body = self._request.method, self._request.body
        if body or method in ("POST", "PUT", "PATCH"):
            curl.setopt(pycurl.POSTFIELDS, body)
        if method == "HEAD":
            curl.setopt(pycurl.NOBODY, 1)
        else:
            curl.setopt(pycurl.CUSTOMREQUEST, method)
        curl.setopt(
            pycurl.HTTPHEADER, [*_drop_defaults(self._request), *map(_header_line, self._request.headers)]
        )

    def _set_limits(self, curl: Any) -> None:
        left = self._request.deadline - (time.monotonic() - self._started)
        curl.setopt(pycurl.TIMEOUT_MS, max(1, int(left * 1000)))
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(CONNECT_SECONDS * 1000))

    def _set_callbacks(self, curl: Any) -> None:
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._dial)
        curl.setopt(pycurl.PREREQFUNCTION, self._before_sending)
        curl.setopt(pycurl.HEADERFUNCTION, self._read_header)
        curl.setopt(pycurl.WRITEFUNCTION, self._read_body)

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
        allowed = self._sends == 1 or self._dialled
        return int(pycurl.PREREQFUNC_OK if allowed else pycurl.PREREQFUNC_ABORT)

    def _read_header(self, line: bytes) -> None:
        if line.startswith(b"HTTP/"):  # the real answer after a 100 or 103
            self._header_lines.clear()
        self._header_lines.append(line)

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


def _may_arrive_twice(request: Request) -> bool:
    return request.method in _IDEMPOTENT_METHODS or any(
        name.lower() == "idempotency-key" for name, _ in request.headers
    )


def _drop_defaults(request: Request) -> list[str]:
    """Headers libcurl would add by itself: a form's content type, and waiting for leave to send a body."""
    named = {name.lower() for name, _ in request.headers}
    return ["Expect:"] if "content-type" in named else ["Expect:", "Content-Type:"]


def _header_line(header: tuple[str, str]) -> str:
    name, value = header
    return f"{name}: {value}" if value.strip() else f"{name};"  # "Name:" would remove it


def _parse_headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines[1:]:
        if not line.strip():  # what follows are trailers
            break
        name, _, value = line.decode("latin-1").partition(":")
        key, value = name.strip().lower(), value.strip()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
