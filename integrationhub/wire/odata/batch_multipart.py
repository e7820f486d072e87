"""Batches as multipart/mixed: requests in the form of HTTP messages, change sets as parts with parts.

Read leniently, as it is written by many: lines may end in LF alone, blank lines may be too many or missing,
`Content-ID` is spelled in any case and stands with the part or with the request in it.
"""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from itertools import groupby
from uuid import uuid4

from django.http import HttpResponse
from django.utils.datastructures import CaseInsensitiveMapping

from . import media_types
from .batch_parts import Part, Result
from .errors import ODataError

MULTIPART = "multipart/mixed"

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_LINE = re.compile(rb"\r?\n")
_REQUEST_LINE = re.compile(r"(?P<method>[A-Za-z]+)[ \t]+(?P<url>\S.*?)(?:[ \t]+HTTP/\d(?:\.\d)?)?[ \t]*")

Headers = CaseInsensitiveMapping[str]


def read(content_type: str, body: bytes) -> list[Part]:
    """Raises 400."""
    parts: list[Part] = []
    for number, (headers, content) in enumerate(_split(content_type, body)):
        if headers.get("Content-Type", "").lower().startswith("multipart/"):
            nested = _split(headers["Content-Type"], content)
            group = f"change set {number}"
            parts += [_request(inner, text, group) for inner, text in nested]
        else:
            parts.append(_request(headers, content, None))
    return parts


def write(results: Sequence[Result]) -> HttpResponse:
    """A change set that failed has one answer: that of the part at which it failed."""
    boundary = f"batchresponse_{uuid4()}"
    units = [_unit(group, list(each)) for group, each in groupby(results, lambda each: each.part.group)]
    content = _joined(boundary, [part for unit in units for part in unit])
    return HttpResponse(content, content_type=f"{MULTIPART};boundary={boundary}")


def _split(content_type: str, body: bytes) -> Iterator[tuple[Headers, bytes]]:
    kind = media_types.parse(content_type)
    boundary = kind.parameters.get("boundary") if kind else None
    if not boundary:
        raise ODataError(400, "", "The multipart body names no boundary.", "Content-Type")
    delimiter = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
    _, *pieces = re.split(delimiter, body)
    if not pieces:
        raise ODataError(400, "", "The boundary that Content-Type names is nowhere in the body.")
    # Each delimiter leaves two pieces: whether it was the closing one, and what follows.
    for closing, piece in zip(pieces[::2], pieces[1::2], strict=True):
        if closing:
            return
        yield _message(piece.lstrip(b"\r\n"))


def _message(text: bytes) -> tuple[Headers, bytes]:
    head, *rest = _BLANK_LINE.split(text, maxsplit=1)
    return _headers(_LINE.split(head)), rest[0] if rest else b""


def _headers(lines: Sequence[bytes]) -> Headers:
    pairs = [line.decode("utf-8", "replace").partition(":") for line in lines if b":" in line]
    return CaseInsensitiveMapping({name.strip(): value.strip() for name, _, value in pairs})


def _request(outer: Headers, text: bytes, group: str | None) -> Part:
    first, *rest = _LINE.split(text.lstrip(b"\r\n"), maxsplit=1)
    headers, body = _head_and_body(rest[0] if rest else b"")
    line = _REQUEST_LINE.fullmatch(first.decode("utf-8", "replace"))
    identifier = headers.get("Content-ID") or outer.get("Content-ID")
    if line is None:
        fault = ODataError(
            400, "", "The part does not begin with a request line such as GET Products HTTP/1.1."
        )
        return Part("", "", headers, id=identifier, group=group, fault=fault)
    method = line["method"].upper()
    reads = group is not None and method in ("GET", "HEAD")
    refusal = ODataError(400, "", "A change set only has requests that change something.") if reads else None
    return Part(method, line["url"], headers, body, identifier, group, fault=refusal)


def _head_and_body(text: bytes) -> tuple[Headers, bytes]:
    if re.match(rb"[ \t]*(\r?\n|\Z)", text):  # no headers at all
        return CaseInsensitiveMapping({}), text.strip(b"\r\n")
    headers, body = _message(text)
    return headers, body.strip(b"\r\n")


def _unit(group: str | None, results: list[Result]) -> list[bytes]:
    if group is None:
        return [_part(each) for each in results]
    failed = [each for each in results if each.failed and not each.rolled_back]
    if failed:
        return [_part(failed[0])]
    boundary = f"changesetresponse_{uuid4()}"
    head = f"Content-Type: {MULTIPART};boundary={boundary}\r\n\r\n".encode()
    return [head + _joined(boundary, [_part(each) for each in results])]


def _part(result: Result) -> bytes:
    response, identifier = result.response, result.part.id
    status = HTTPStatus(response.status_code)
    named = [f"Content-ID: {identifier}"] if identifier else []
    lines = [
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        *named,
        "",
        f"HTTP/1.1 {status.value} {status.phrase}",
        *[f"{name}: {value}" for name, value in response.items()],
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + response.content


def _joined(boundary: str, parts: Sequence[bytes]) -> bytes:
    opening = f"--{boundary}\r\n".encode()
    return b"".join(opening + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
