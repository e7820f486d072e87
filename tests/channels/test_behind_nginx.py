"""The document's requests and the hooks through the shipped web server, alone and behind nginx."""

import json

import pytest

from tests.acceptance.test_era_integration_points import FIRST, SAMPLE, assert_like, entity, without_comment
from tests.channels.points import POINTS
from tests.channels.web import nginx_before, start_web
from tests.hub import running_hub

pytestmark = pytest.mark.proxy

MEGABYTE = 1024 * 1024
SIZES = """
from channels.models import MessageLog
answer = list(MessageLog.objects.order_by("id").values_list("size", "peer"))
"""


def chunks(size):
    for _ in range(size // 8192):
        yield b"x" * 8192


def try_the_document(web):
    """Its requests as they are printed, which make the channel that it shows and no more."""
    status, made = web.ask("POST", POINTS, json.dumps(entity()))
    assert status == 200
    assert_like(made, SAMPLE)
    status, listed = web.ask("GET", f"{POINTS}?offset=0&limit=2")
    assert status == 200
    assert_like(next(each for each in listed if each["id"] == FIRST), without_comment(SAMPLE))
    assert web.ask("GET", f"{POINTS}/{FIRST}") == (200, made)
    status, changed = web.ask("PATCH", f"{POINTS}/{FIRST}", '{"token_remote": "00ea293c29f9dc30"}')
    assert status == 200
    assert_like(changed, {**SAMPLE, "token_remote": "00ea293c29f9dc30"})
    assert web.ask("LOOKUP", POINTS, json.dumps(made["token_local"])) == (200, [FIRST])
    assert web.ask("DELETE", f"{POINTS}/{FIRST}") == (204, None)


def try_all(web):
    """Every kind of request; the sizes of the hooks that were stored."""
    try_the_document(web)
    code = json.dumps({"code": "902", "type": "telegram"})
    status, made = web.ask("POST", POINTS, code)
    assert (status, made["code"]) == (200, "902")
    address = f"{POINTS}/{made['id']}"
    assert web.ask("GET", f"{POINTS}?offset=0&limit=2")[0] == 200
    assert web.ask("GET", address)[1] == made
    assert web.ask("PATCH", address, iter([b'{"token_', b'remote": "00ea"}']))[1]["token_remote"] == "00ea"
    token = json.dumps(made["token_local"])
    for body in (token, iter([token.encode()])):
        assert web.ask("LOOKUP", POINTS, body) == (200, [made["id"]])
    assert web.ask("POST", f"{POINTS}/lookup", token) == (200, [made["id"]])
    assert web.ask("LOOKUP", POINTS, '"nothing"')[1] == {"error_code": 1404, "error_message": "Lookup failed"}
    assert web.ask("DELETE", address) == (204, None)

    bearer = {"Authorization": f"Bearer {web.keys['token']}"}
    hook = f"/hooks/{web.keys['token']}"
    assert web.ask("POST", "/exec", chunks(200 * 1024), **bearer) == (200, {})
    assert web.ask("POST", hook, b"x" * MEGABYTE) == (200, {})
    assert web.ask("GET", "/exec", **bearer) == (200, {})
    for body in (b"x" * (MEGABYTE + 1), chunks(2 * MEGABYTE), chunks(12 * MEGABYTE)):
        status, told = web.ask("POST", hook, body)
        assert (status, told["error_code"]) == (413, 1405)
    return [200 * 1024, MEGABYTE, 0]


def test_all_requests_alone_and_behind_nginx(tmp_path):
    with running_hub(tmp_path) as hub:
        web = start_web(hub)
        expected = try_all(web)
        with nginx_before(web, tmp_path) as behind:
            expected += try_all(behind)
        assert hub.ask(SIZES) == [[size, "127.0.0.1"] for size in expected]
