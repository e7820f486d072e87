"""Refusals of requests that no view gets to see, in the words of the surface that was called."""

from http import HTTPStatus

from integrationhub.wire.era import errors
from integrationhub.wire.problems import PROBLEM_JSON, render

_ERA = ("/rest/v1/", "/exec", "/hooks/")

Headers = list[tuple[str, str]]


def refuse(path: str, status: HTTPStatus, detail: str) -> tuple[Headers, bytes]:
    """Headers and body for a request to this path."""
    is_era = path.startswith(_ERA)
    body = errors.render(status, detail) if is_era else render(status, detail)
    content_type = "application/json; charset=utf-8" if is_era else PROBLEM_JSON
    return [("Content-Type", content_type), ("Content-Length", str(len(body)))], body
