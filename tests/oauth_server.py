"""A real authorization server, and beside it an API that takes its tokens: by HTTP, in a thread.

Everybody who is sent to it agrees at once, unless it is told otherwise. The protocol is oauthlib's.
"""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from oauthlib.oauth2 import FatalClientError, OAuth2Error, RequestValidator, Server


@dataclass
class AuthorizationServer(RequestValidator):
    """`asked` are the grant types of all token requests; `delivered` what its API has taken, with its token.

    `lifetime` is that of access tokens; `more` goes into every token answer; `broken` is the status that
    token requests get instead of an answer; `gate` is passed by a token request before it is answered.
    """

    clients: dict[str, str] = field(default_factory=lambda: {"hub": "hush:hush"})
    lifetime: int = 3600
    more: dict[str, Any] = field(default_factory=dict)
    denies: bool = False
    broken: int | None = None
    gate: threading.Event | None = None
    port: int = 0
    asked: list[str] = field(default_factory=list)
    delivered: list[tuple[str, str]] = field(default_factory=list)
    codes: dict[str, Any] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)
    refresh: dict[str, list[str]] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def end_grants(self) -> None:
        """As when a person takes the hub's permission back at the server."""
        self.access.clear()
        self.refresh.clear()

    # What oauthlib asks.

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        request.client = SimpleNamespace(client_id=client_id)
        return client_id in self.clients

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        name, secret = request.client_id, request.client_secret
        if scheme == "Basic":
            name, _, secret = map(unquote_plus, base64.b64decode(given).decode().partition(":"))
        request.client = SimpleNamespace(client_id=name)
        return bool(name) and self.clients.get(name) == secret

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return True

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, *args: Any, **kwargs: Any) -> bool:
        return urlsplit(redirect_uri).path == "/oauth/callback"

    def validate_scopes(self, client_id: str, scopes: list[str], *args: Any, **kwargs: Any) -> bool:
        return set(scopes) <= {"read", "write"}

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return ["read"]

    def validate_response_type(self, client_id: str, response_type: str, *args: Any, **kwargs: Any) -> bool:
        return response_type == "code"

    def validate_grant_type(self, client_id: str, grant_type: str, *args: Any, **kwargs: Any) -> bool:
        return True

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True

    def get_code_challenge(self, code: str, request: Any) -> str:
        return str(self.codes[code].code_challenge)

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        return str(self.codes[code].code_challenge_method)

    def save_authorization_code(
        self, client_id: str, code: Any, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        self.codes[code["code"]] = request

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        if code in self.codes:
            request.scopes = self.codes[code].scopes
        return code in self.codes and self.codes[code].client_id == client_id

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, *args: Any, **kwargs: Any
    ) -> bool:
        return bool(self.codes[code].redirect_uri == redirect_uri)

    def invalidate_authorization_code(self, client_id: str, code: str, *args: Any, **kwargs: Any) -> None:
        del self.codes[code]

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return refresh_token in self.refresh

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return self.refresh[refresh_token]

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """A refresh token is good for one use: the answer to it holds the next one."""
        self.refresh.pop(request.refresh_token or "", None)
        self.access[token["access_token"]] = token.get("refresh_token", "")
        if refresh := token.get("refresh_token"):
            self.refresh[refresh] = request.scopes

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        self.refresh.pop(token, None)
        self.access = {key: of for key, of in self.access.items() if token not in (key, of)}


class _Handler(BaseHTTPRequestHandler):
    book: AuthorizationServer

    def do_GET(self) -> None:
        """A person, sent by the hub, agrees or does not; the API shows itself to who has a token."""
        if urlsplit(self.path).path == "/api":
            return self._answer(200 if self._token in self.book.access else 401, "", {})
        protocol = Server(self.book)
        try:
            scopes, credentials = protocol.validate_authorization_request(self.book.url(self.path))
            back = urlsplit(credentials["redirect_uri"])._replace(query="").geturl()
            if self.book.denies:
                denial = (
                    f"{back}?error=access_denied&error_description=No+thanks&state={credentials['state']}"
                )
                return self._answer(302, "", {"Location": denial})
            credentials.pop("request")
            headers, body, status = protocol.create_authorization_response(
                self.book.url(self.path), scopes=scopes, credentials=credentials
            )
        except FatalClientError as error:
            return self._answer(400, str(error), {})
        except OAuth2Error as error:
            return self._answer(302, "", {"Location": error.in_uri(str(error.redirect_uri))})
        return self._answer(status, body or "", headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        uri, headers = self.book.url(self.path), dict(self.headers)
        match urlsplit(self.path).path:
            case "/token":
                self._give_token(uri, body, headers)
            case "/revoke":
                told, text, status = Server(self.book).create_revocation_response(
                    uri, body=body, headers=headers
                )
                self._answer(status, text or "", told)
            case _:
                self._take(body)

    def _give_token(self, uri: str, body: str, headers: dict[str, str]) -> None:
        self.book.asked.append(dict(parse_qsl(body)).get("grant_type", ""))
        if self.book.gate:
            self.book.gate.wait(10)
        if self.book.broken:
            return self._answer(self.book.broken, "", {})
        protocol = Server(self.book, token_expires_in=self.book.lifetime)
        told, text, status = protocol.create_token_response(
            uri, body=body, headers=headers, credentials=self.book.more
        )
        return self._answer(status, text, told)

    @property
    def _token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def _take(self, body: str) -> None:
        if self._token not in self.book.access:
            return self._answer(401, '{"message": "Who are you?"}', {})
        self.book.delivered.append((self._token, body))
        return self._answer(201, "{}", {})

    def _answer(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@contextmanager
def serving(**settings: Any) -> Iterator[AuthorizationServer]:
    book = AuthorizationServer(**settings)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"book": book}))
    book.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield book
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
