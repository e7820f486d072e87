"""Requests of an ASGI server as the WSGI application sees them; the server is played."""

import asyncio
import json
from urllib.parse import quote

import pytest

from integrationhub.wire import bodies
from integrationhub.wire.asgi import Threaded

GONE = {"type": "http.disconnect"}


def make_scope(*headers, path="/", query=b"", server=("127.0.0.1", 8000), client=("192.0.2.1", 999)):
    return {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": "LOOKUP",
        "path": path,
        "raw_path": quote(path, safe="/:").encode(),
        "query_string": query,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "server": server,
        "client": client,
    }


def make_parts(*parts):
    """The messages that bring a body in these parts."""
    last = len(parts) - 1
    bodies = [
        {"type": "http.request", "body": part, "more_body": number < last}
        for number, part in enumerate(parts)
    ]
    return bodies or [{"type": "http.request"}]


def echo(environ, start_response):
    if environ["PATH_INFO"] == "/broken":
        raise SystemExit
    told = {name: value for name, value in environ.items() if name not in ("wsgi.input", "wsgi.errors")}
    told["body"] = environ["wsgi.input"].read().decode("latin-1")
    start_response("201 Created", [("X-Seen", "1")])
    return [json.dumps(told).encode()]


def ask(scope, messages=(), *, then=()):
    """The last answer, after all of these have been asked of the same application."""

    async def call():
        application = Threaded(echo, threads=1, largest=10)
        for each_scope, each_messages in ((scope, messages), *then):
            answer = await one_answer(application, each_scope, each_messages or make_parts())
        return answer

    return asyncio.run(call())


async def one_answer(application, scope, messages):
    coming, sent = iter(messages), []

    async def receive():
        return next(coming)

    async def send(message):
        sent.append(message)

    await application(scope, receive, send)
    start, end = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert headers["Content-Length"] == str(len(end["body"]))
    return start["status"], headers, end["body"]


def tell(*headers, parts=(), **scope):
    status, sent, content = ask(make_scope(*headers, **scope), make_parts(*parts))
    assert (status, sent["X-Seen"]) == (201, "1")
    return json.loads(content)


def test_a_request_becomes_what_wsgi_says():
    told = tell(
        ("host", "hub.example"),
        ("content-type", "text/plain"),
        ("content-length", "5"),
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-for", "192.0.2.8"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("x-name", "caf\xe9"),
        parts=[b"12345"],
        path="/a/\u00e9/",
        query=b"a=%2F&b={}",
        server=("::1", 8000),
        client=("2001:db8::1", 999),
    )
    assert told["PATH_INFO"].encode("latin-1").decode() == "/a/\u00e9/"
    assert (told["QUERY_STRING"], told["HTTP_X_NAME"]) == ("a=%2F&b={}", "caf\xe9")
    assert (told["REQUEST_METHOD"], told["SERVER_PROTOCOL"]) == ("LOOKUP", "HTTP/1.1")
    assert (told["SERVER_NAME"], told["SERVER_PORT"], told["REMOTE_ADDR"]) == ("::1", "8000", "2001:db8::1")
    assert (told["CONTENT_TYPE"], told["CONTENT_LENGTH"], told["body"]) == ("text/plain", "5", "12345")
    assert told["HTTP_X_FORWARDED_FOR"] == "192.0.2.7,192.0.2.8"
    assert told["HTTP_COOKIE"] == "a=1; b=2"
    assert {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}.isdisjoint(told)


@pytest.mark.parametrize(
    ("target", "path"), [("http://other.example/a/b", "/a/b"), ("/a://b", "/a://b"), ("*", "*")]
)
def test_a_request_may_name_the_whole_url(target, path):
    assert tell(path=target)["PATH_INFO"] == path


def test_a_socket_without_an_address_is_no_trouble():
    told = tell(server=None, client=None)
    assert (told["SERVER_NAME"], told["REMOTE_ADDR"]) == ("", "")


@pytest.mark.parametrize("name", ["x_forwarded_for", "x_forwarded-for", "content_type"])
def test_a_header_that_looks_like_another_is_none(name):
    told = tell(("x-forwarded-for", "192.0.2.7"), (name, "192.0.2.9"))
    assert told["HTTP_X_FORWARDED_FOR"] == "192.0.2.7"
    assert "192.0.2.9" not in told.values()


def test_a_header_in_two_lines_is_refused():
    status, _, body = ask(make_scope(("x-a", "1"), ("", " 2"), path="/hooks/x"))
    assert (status, json.loads(body)["error_message"]) == (400, "A header goes on in the next line.")


@pytest.mark.parametrize(
    ("parts", "length"), [([], 0), ([b"01234", b"56789"], 10), ([b"0" * 10], 10), ([b"0", b"", b"1"], 2)]
)
def test_parts_are_one_body(parts, length):
    told = tell(("transfer-encoding", "chunked"), parts=parts)
    assert (told["CONTENT_LENGTH"], len(told["body"])) == (str(length), length)
    assert "HTTP_TRANSFER_ENCODING" not in told


@pytest.mark.parametrize("parts", [[], make_parts(b"01234", b"")[:1]])
def test_half_a_body_is_none(parts):
    status, headers, body = ask(make_scope(), [*parts, GONE])
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(body)["status"] == 400


@pytest.mark.parametrize(("parts", "left"), [(3, 0), (10, 4)])
def test_a_body_that_is_too_long_is_refused_in_the_words_of_the_surface(parts, left):
    messages = iter(make_parts(*[b"0" * 5] * parts))
    status, _, body = ask(make_scope(path="/exec"), messages)
    assert (status, json.loads(body)["error_code"]) == (413, 1405)
    assert len(list(messages)) == left  # as much again is passed over


def test_a_body_that_takes_too_long_is_refused(monkeypatch):
    async def receive():
        await asyncio.sleep(60)

    monkeypatch.setattr(bodies, "BODY_SECONDS", 0)
    with pytest.raises(bodies.Refused) as caught:
        asyncio.run(bodies.Bodies(10).receive(receive))
    assert caught.value.status == 408


def test_so_many_large_bodies_at_a_time(monkeypatch):
    monkeypatch.setattr(bodies, "SMALL", 2)
    monkeypatch.setattr(bodies, "MOST_LARGE", 1)
    under_way = []

    def sender(name):
        messages = iter(make_parts(b"01", b"2", b"3"))

        async def receive():
            message = next(messages)
            if message["body"] == b"3":  # its body is a large one by now
                under_way.append(name)
                await asyncio.sleep(0)
                assert under_way == [name]
                under_way.remove(name)
            return message

        return receive

    async def receive_all():
        receiving = bodies.Bodies(10)
        return await asyncio.gather(*(receiving.receive(sender(name)) for name in range(3)))

    received = asyncio.run(receive_all())
    assert [each["wsgi.input"].read() for each in received] == [b"0123"] * 3


def test_a_thread_outlives_whatever_the_application_raises(caplog):
    broken = (make_scope(path="/broken"), ())
    status, _, _ = ask(*broken, then=[broken, (make_scope(), ())])
    assert status == 201
    assert [record.message for record in caplog.records] == ["The application failed."] * 2


def test_a_caller_who_has_gone_takes_no_thread_along():
    async def call():
        application = Threaded(echo, threads=1, largest=10)
        first = asyncio.ensure_future(one_answer(application, make_scope(), make_parts()))
        await asyncio.sleep(0)
        first.cancel()
        return await one_answer(application, make_scope(), make_parts())

    assert asyncio.run(call())[0] == 201


def test_a_websocket_is_closed():
    async def call():
        sent = []

        async def send(message):
            sent.append(message)

        await Threaded(echo, threads=1, largest=10)({"type": "websocket"}, None, send)
        return sent

    assert asyncio.run(call()) == [{"type": "websocket.close"}]
