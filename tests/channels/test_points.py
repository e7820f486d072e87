import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.models import ChannelType, IntegrationPoint
from tests.api import make_program
from tests.channels.points import POINTS, TOKENS, lookup, refused

pytestmark = pytest.mark.django_db

ELSEWHERE = f"{POINTS}/00000000-0000-0000-0000-000000000000"


def make(program, *points, **extra):
    for values in points:
        assert program.post_json(POINTS, {"type": "public", **values}, **extra).status_code == 200


def codes(program, **parameters):
    response = program.get(POINTS, parameters)
    assert response.status_code == 200, response.content
    return [point["code"] for point in response.json()]


BAD_MEMBERS = [
    ({"type": "public"}, "code"),
    ({"code": "A"}, "type"),
    ({"code": "", "type": "public"}, "code"),
    ({"code": 902, "type": "public"}, "code"),
    ({"code": "A", "type": None}, "type"),
    ({"code": "A" * 129, "type": "public"}, "code"),
    ({"code": "A\0", "type": "public"}, "code"),
    ({"code": "A", "type": "public", "id": "b4680fbe"}, "id"),
    ({"code": "A", "type": "public", "id": "{b4680fbe-016c-d86f-1d6b-50e54938780c}"}, "id"),
    ({"code": "A", "type": "public", "colour": "red"}, "colour"),
    ({"code": "A", "type": "public", "opts": {"colour": "red"}}, "opts.colour"),
    ({"code": "A", "type": "public", "opts": []}, "opts"),
    ({"code": "A", "type": "public", "opts": {"issync": "true"}}, "opts.issync"),
    ({"code": "A", "type": "public", "opts": {"recv_timeout": 61}}, "opts.recv_timeout"),
    ({"code": "A", "type": "public", "opts": {"recv_timeout": True}}, "opts.recv_timeout"),
    ({"code": "A", "type": "public", "opts": {"userid": "me"}}, "opts.userid"),
    ({"code": "A", "type": "public", "opts": {"roles": "admin"}}, "opts.roles"),
    ({"code": "A", "type": "public", "opts": {"roles": [1]}}, "opts.roles"),
    ({"code": "A", "type": "public", "opts": {"ip_mask": "10.1.2.3.4"}}, "opts.ip_mask"),
    ({"code": "A", "type": "public", "opts": {"signature": "rot13"}}, "opts.signature"),
    ({"code": "A", "type": "public", "opts": {"signature": "standard"}}, "opts.signing_secret"),
    ({"code": "A", "type": "public", "opts": {"signing_secret": "short"}}, "opts.signing_secret"),
    ({"code": "A", "type": "public", "url": "ftp://trapper.com"}, "url"),
    ({"code": "A", "type": "public", "recv_svcscriptcode": "os_system"}, "recv_svcscriptcode"),
    ({"code": "A", "type": "public", "recv_svcscriptcode": "send_to_web"}, "recv_svcscriptcode"),
    ({"code": "A", "type": "public", "recv_svcscriptcode_ws": "nothing"}, "recv_svcscriptcode_ws"),
    ({"code": "A", "type": "public", "send_svcscriptcode": "ws_hook"}, "send_svcscriptcode"),
    ({"code": "A", "type": "public", "send_svcscriptcode_ws": "nothing"}, "send_svcscriptcode_ws"),
    ({"code": "A", "type": "public", "opts": {"recv_parameters": {"a": 1}}}, "opts.recv_parameters"),
    (
        {"code": "A", "type": "public", "recv_svcscriptcode": "enqueue"},
        "opts.recv_parameters",
    ),
    ([], None),
    ("ABCDE", None),
    (None, None),
]


def test_a_bad_member_is_named_and_nothing_is_made(acme_api):
    for body, field in BAD_MEMBERS:
        response = acme_api.post(POINTS, json.dumps(body), content_type="application/json")
        assert refused(response) == (400, 1413, field), body
    assert not IntegrationPoint.objects.exists()


def test_every_refusal_has_its_status_and_its_code(acme_api, acme, point, client):
    assert refused(client.get(POINTS)) == (401, 1407, None)
    assert refused(make_program(acme, ["read", "write"]).get(POINTS)) == (403, 1401, None)
    assert refused(acme_api.put(POINTS)) == (405, 1403, None)
    assert refused(acme_api.put(f"{POINTS}/{point['id']}")) == (405, 1403, None)
    assert refused(acme_api.generic("CLEAR", POINTS)) == (405, 1403, None)
    assert refused(acme_api.get(ELSEWHERE)) == (404, 1404, None)
    assert refused(acme_api.delete(ELSEWHERE)) == (404, 1404, None)
    assert refused(acme_api.patch_json(ELSEWHERE, {})) == (404, 1404, None)
    assert refused(acme_api.get("/rest/v1/service/nothing")) == (404, 1404, None)
    assert refused(acme_api.get(f"{POINTS}/not-an-id")) == (404, 1404, None)
    assert refused(acme_api.post(POINTS, "{", content_type="application/json")) == (400, 1405, None)
    assert refused(acme_api.post(POINTS, "a", content_type="text/plain")) == (415, 1405, None)
    again = {"code": "B", "type": "public", "id": point["id"]}
    assert refused(acme_api.post_json(POINTS, again)) == (409, 1402, "id")


def test_what_identifies_a_channel_cannot_be_changed(acme_api, point):
    address = f"{POINTS}/{point['id']}"
    other = "a188288e-016c-d86f-cd99-50e54938780c"
    assert refused(acme_api.patch_json(address, {"id": other})) == (400, 1413, "id")
    assert refused(acme_api.patch_json(address, {"token_local": "0" * 32})) == (400, 1413, "token_local")
    assert refused(acme_api.patch_json(address, {"tokenlocal": "0" * 32})) == (400, 1413, "token_local")
    assert acme_api.patch_json(address, point).json()["token_local"] == point["token_local"]


def test_a_patch_merges_options(acme_api, point):
    address = f"{POINTS}/{point['id']}"
    acme_api.patch_json(address, {"opts": {"title": "Trapper", "recv_timeout": 30}})
    changed = acme_api.patch_json(address, {"opts": {"issync": True}, "ext": {"ct": "x"}}).json()
    assert changed["opts"] == {
        "title": "Trapper", "comment": "", "allow_files_api": False, "issync": True, "recv_timeout": 30,
    }  # fmt: skip
    assert changed["ext"]["ct"] == point["ext"]["ct"]


def test_a_secret_goes_in_and_never_comes_out(acme_api):
    secret = "whsec_" + "A" * 43 + "="
    opts = {"signature": "standard", "signing_secret": secret}
    made = acme_api.post_json(POINTS, {"code": "A", "type": "public", "opts": opts})
    assert made.json()["opts"]["signature"] == "standard"
    assert secret not in made.content.decode()
    assert refused(acme_api.get(POINTS, {"mask": "opts.signing_secret"})) == (400, 1413, "mask")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM channels_integrationpoint")
        stored = str(cursor.fetchall())
        cursor.execute("SELECT * FROM channels_historicalintegrationpoint")
        stored += str(cursor.fetchall())
    assert secret not in stored
    assert made.json()["token_local"] not in stored


def test_a_list_is_masked_flattened_ordered_and_cut(acme_api):
    make(acme_api, {"code": "b"}, {"code": "a", "type": "im"}, {"code": "C", "type": "im"})
    assert codes(acme_api) == ["b", "a", "C"]
    assert codes(acme_api, order="code") == ["C", "a", "b"]
    assert codes(acme_api, order='["type", {"code": "desc"}]') == ["a", "C", "b"]
    assert codes(acme_api, order='{"ext.ct": "desc"}') == ["C", "a", "b"]
    assert codes(acme_api, offset=1, limit=1) == ["a"]
    assert codes(acme_api, limit=0) == []
    masked = acme_api.get(POINTS, {"mask": "code, opts.title,tokenremote", "limit": 1}).json()
    assert masked == [{"code": "b", "token_remote": "", "opts": {"title": ""}}]
    flat = acme_api.get(POINTS, {"flat": "true", "limit": 1}).json()[0]
    assert flat["opts.title"] == ""
    assert "opts" not in flat
    assert "opts.comment" not in flat
    one = acme_api.get(f"{POINTS}/{flat['id']}", {"mask": "opts,ext.ct", "flat": "1"}).json()
    assert {"opts.comment", "opts.ip_mask", "ext.ct"} <= set(one)
    assert "code" not in one


FILTERS = [
    ({"type": "telegram"}, ["t"]),
    ({"type": "telegram", "opts.issync": False}, []),
    ({"opts": {"issync": True}}, ["t"]),
    ({}, ["p", "t", "Q%"]),
    ({"opts.userid": None}, ["p", "t", "Q%"]),
    (["==", ["property", "code"], "p"], ["p"]),
    (["!=", ["property", "code"], "p"], ["t", "Q%"]),
    (["<", ["property", "code"], "a"], ["Q%"]),
    (["in", ["property", "code"], ["p", "t", "x"]], ["p", "t"]),
    (["between", ["property", "code"], "a", "q"], ["p"]),
    (["like", ["property", "code"], "Q%"], ["Q%"]),
    (["like", ["property", "url"], "%trapper%"], ["p"]),
    (["like", ["property", "code"], "q%"], []),
    (["not", ["==", ["property", "opts.issync"], True]], ["p", "Q%"]),
    (["||", ["==", ["property", "code"], "p"], ["==", ["property", "code"], "t"]], ["p", "t"]),
    (["&&", ["==", ["property", "type"], "public"], ["!", ["==", ["property", "code"], "p"]]], ["Q%"]),
    ([">", ["property", "ext.ct"], "2000-01-01T00:00:00Z"], ["p", "t", "Q%"]),
    ([">=", ["property", "opts.recv_timeout"], 5], ["t"]),
]


def test_a_filter_in_either_grammar(acme_api):
    make(
        acme_api,
        {"code": "p", "url": "http://trapper.com"},
        {"code": "t", "type": "telegram", "opts": {"issync": True, "recv_timeout": 5}},
        {"code": "Q%"},
    )
    for wanted, found in FILTERS:
        assert codes(acme_api, filter=json.dumps(wanted)) == found, wanted


def test_a_channel_is_found_by_its_id_and_its_token(acme_api, point):
    make(acme_api, {"code": "other"})
    token = point["token_local"]
    for wanted in (
        {"id": point["id"]},
        {"token_local": token},
        ["==", ["property", "tokenlocal"], token],
        ["in", ["property", "token_local"], [token, "x"]],
    ):
        assert codes(acme_api, filter=json.dumps(wanted)) == ["ABCDE"]
    assert codes(acme_api, filter=json.dumps(["!=", ["property", "token_local"], token])) == ["other"]


BAD_PARAMETERS = [
    ("filter", "{"),
    ("filter", "3"),
    ("filter", '["=="]'),
    ("filter", '["~~", ["property", "code"], "a"]'),
    ("filter", '["==", ["property", "nothing"], "a"]'),
    ("filter", '["==", "code", "a"]'),
    ("filter", '{"client__code": "acme"}'),
    ("filter", '{"token_remote": ""}'),
    ("filter", '{"opts.signing_secret": ""}'),
    ("filter", '{"opts.issync": "false"}'),
    ("filter", '{"id": "x"}'),
    ("filter", '["like", ["property", "token_local"], "8%"]'),
    ("filter", '["<", ["property", "token_local"], "8"]'),
    ("filter", '["like", ["property", "code"], "a_b"]'),
    ("filter", json.dumps({"code": "\0"})),
    ("filter", '["not",' * 40 + '["==", ["property", "code"], "a"]' + "]" * 40),
    ("filter", "[" * 3000),
    ("order", "token_local"),
    ("order", "token_remote"),
    ("order", "client__code"),
    ("order", '["code'),
    ("order", "[3]"),
    ("order", '[{"code": "up"}]'),
    ("mask", "nothing"),
    ("mask", "token_index"),
    ("limit", "-1"),
    ("limit", "x"),
    ("limit", "1001"),
    ("offset", "9" * 30),
    ("flat", "perhaps"),
    ("colour", "red"),
]


def test_a_parameter_that_cannot_be_read_is_named(acme_api):
    for parameter, value in BAD_PARAMETERS:
        assert refused(acme_api.get(POINTS, {parameter: value})) == (400, 1413, parameter), value


def test_lookup_finds_by_id_code_and_token(acme_api, point):
    make(acme_api, {"code": "902"}, {"code": "902", "type": "im"}, {"code": "x"})
    ids = [each["id"] for each in acme_api.get(POINTS, {"filter": '{"code": "902"}'}).json()]
    assert lookup(acme_api, "902").json() == ids
    assert lookup(acme_api, 902).json() == ids
    for key in (point["id"], point["id"].upper(), point["code"], point["token_local"]):
        assert lookup(acme_api, key).json() == [point["id"]]
    for key in ("", "ABCD", "\U0001f600", 0.5, -1):
        assert refused(lookup(acme_api, key)) == (404, 1404, None)
    for key in (None, True, [], {}, ["ABCDE"], "x" * 2000, "\0"):
        assert lookup(acme_api, key).status_code == 400


def test_a_type_limits_and_supplies(acme_api, borealis_api):
    ChannelType.objects.create(
        type="telegram",
        most_points=1,
        supplied={"recv_svcscriptcode": "ws_hook", "opts.issync": False, "url": "https://t.example.com"},
    )
    new = {"code": "T", "type": "telegram"}
    made = acme_api.post_json(POINTS, new).json()
    assert (made["recv_svcscriptcode"], made["url"]) == ("ws_hook", "https://t.example.com")
    assert refused(acme_api.post_json(POINTS, new)) == (403, 1411, "type")
    assert borealis_api.post_json(POINTS, new).status_code == 200
    address = f"{POINTS}/{made['id']}"
    assert refused(acme_api.patch_json(address, {"url": "https://x.example.com"})) == (400, 1413, "url")
    assert refused(acme_api.patch_json(address, {"opts": {"issync": True}})) == (400, 1413, "opts.issync")
    assert acme_api.patch_json(address, {"opts": {"issync": False, "title": "x"}}).status_code == 200
    make(acme_api, {"code": "P"})
    moved = lookup(acme_api, "P").json()[0]
    assert refused(acme_api.patch_json(f"{POINTS}/{moved}", {"type": "telegram"})) == (403, 1411, "type")


def test_two_tenants_never_cross(acme_api, borealis_api, point):
    address = f"{POINTS}/{point['id']}"
    missing = [acme_api.get(ELSEWHERE).content, 404]
    for response in (
        borealis_api.get(address),
        borealis_api.patch_json(address, {"code": "mine"}),
        borealis_api.delete(address),
    ):
        assert [response.content, response.status_code] == missing
    for key in (point["id"], point["code"], point["token_local"]):
        assert refused(lookup(borealis_api, key)) == (404, 1404, None)
    assert refused(borealis_api.get(f"{TOKENS}/{point['token_local']}")) == (404, 1404, None)
    assert codes(borealis_api) == codes(borealis_api, filter=json.dumps({"id": point["id"]})) == []
    own = borealis_api.post_json(POINTS, {"id": point["id"], "code": "B", "type": "public"})
    assert own.status_code == 200
    assert codes(acme_api) == ["ABCDE"]
    assert codes(borealis_api) == ["B"]


def test_staff_name_the_client_they_act_for(staff_api, acme, point):
    new = {"code": "S", "type": "public"}
    assert refused(staff_api.post_json(POINTS, new)) == (400, 1413, "X-Hub-Client")
    assert staff_api.post_json(f"/acme{POINTS}", new).status_code == 200
    assert staff_api.post_json(POINTS, new, headers={"X-Hub-Client": "acme"}).status_code == 200
    assert codes(staff_api) == ["ABCDE", "S", "S"]
    assert refused(staff_api.get(f"/nobody{POINTS}")) == (404, 1404, None)


def test_an_accept_header_asks_in_vain(acme_api, point):
    assert acme_api.get(POINTS, headers={"Accept": "text/html"}).json()[0]["id"] == point["id"]


def test_a_list_of_thirty_asks_as_many_questions_as_one_of_one(acme_api, point):
    with CaptureQueriesContext(connection) as alone:
        acme_api.get(POINTS)
    make(acme_api, *({"code": f"c{number}"} for number in range(6)))
    with CaptureQueriesContext(connection) as crowded:
        acme_api.get(POINTS)
    assert len(crowded) == len(alone) <= 2
