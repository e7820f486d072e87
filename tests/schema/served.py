"""The hub for a program that tries wrong keys all the time: it is not shown the door."""

from integrationhub.wire.authentication import failures

failures.ALLOWED = 10**9

from integrationhub.asgi import application  # noqa: E402

__all__ = ["application"]
