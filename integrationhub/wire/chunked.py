"""Request bodies sent in chunks, made whole before Django sees them.

Django reads as many bytes as `Content-Length` says; a chunked request has none, and would arrive empty.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from integrationhub.wire.refusals import refuse

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def accept_chunked(application: Application, limit: int) -> Application:
    """Wrap a WSGI application; a body longer than `limit` bytes is answered with 413, in the words of the
    surface that was called."""

    def wrapper(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if not _is_chunked(environ):
            return application(environ, start_response)
        # Servers that do not decode chunks would wait for the end of the connection here.
        if not environ.get("wsgi.input_terminated"):
            return _refuse(environ, HTTPStatus.LENGTH_REQUIRED, "Send Content-Length.", start_response)
        try:
            body = environ["wsgi.input"].read(limit + 1)
        except Exception:  # each server has its own errors for broken chunks
            return _refuse(environ, HTTPStatus.BAD_REQUEST, "The chunked body is broken.", start_response)
        if len(body) > limit:
            detail = f"A body has at most {limit} bytes."
            return _refuse(environ, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, start_response)
        whole = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        del whole["HTTP_TRANSFER_ENCODING"]
        return application(whole, start_response)

    return wrapper


def _is_chunked(environ: dict[str, Any]) -> bool:
    return "chunked" in str(environ.get("HTTP_TRANSFER_ENCODING", "")).lower() and not environ.get(
        "CONTENT_LENGTH"
    )


def _refuse(
    environ: dict[str, Any], status: HTTPStatus, detail: str, start_response: StartResponse
) -> Iterable[bytes]:
    headers, body = refuse(str(environ.get("PATH_INFO", "")), status, detail)
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
