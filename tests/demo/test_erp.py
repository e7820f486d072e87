"""The demo ERP over real sockets."""

import asyncio
import http.client
import json
import signal
import subprocess
import sys
import time
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from demo.erp import DATABASE_NAME, DEFAULT_DATA_DIR, read_options
from demo.faults import Fault, plan_fault
from demo.http1 import BODY_LIMIT, HEAD_LIMIT
from demo.ledger import Delivery, Ledger
from demo.rules import CLOSED_ACCOUNTS
from tests.demo.conftest import ErpProcess, StartErp

PAYMENT = {"Amount": "12.50", "Currency": "EUR"}


def find_key(fault: Fault | None) -> str:
    """A key that meets this fault in the plan of `failing_erp`."""
    return next(key for row in count(1) if plan_fault(key := f"{row}-1", seed=7) is fault)


def test_a_new_key_is_stored_and_the_same_once_more_is_a_repeat(calm_erp: ErpProcess):
    first, second = (calm_erp.post("/payments", PAYMENT, "1-1") for _ in range(2))

    assert (first.status, first.content) == (201, {"status": "stored"})
    assert (second.status, second.content) == (200, {"status": "repeat"})


def test_another_payload_under_a_known_key_is_a_conflict(calm_erp: ErpProcess):
    calm_erp.post("/payments", PAYMENT, "1-1")

    conflict = calm_erp.post("/payments", {"Amount": "99.00"}, "1-1")

    assert conflict.status == 409
    assert conflict.content == {"error": "the key 1-1 came before, with another payload"}
    assert calm_erp.stats()["conflicting_keys"] == 1


def test_stats_tell_what_came_and_what_was_kept(calm_erp: ErpProcess):
    calm_erp.post("/rates", {"Rate": 1}, "1-1")
    calm_erp.post("/payments", PAYMENT, "2-1")
    calm_erp.post("/payments", PAYMENT, "2-1")
    calm_erp.post("/payments", PAYMENT, "3-1")
    calm_erp.call("PUT", "/entities/Invoice/17", {"No": 17}, Idempotency_Key="4-1")
    calm_erp.call("POST", "/payments", PAYMENT)

    assert calm_erp.stats() == {
        "pid": calm_erp.process.pid,
        "calls": 6,
        "accepted": 5,
        "distinct_keys": 4,
        "conflicting_keys": 0,
        "by_entity": {"ExchangeRate": 1, "Payment": 2, "Invoice": 1},
    }


def test_a_reset_forgets_everything(calm_erp: ErpProcess):
    calm_erp.post("/rates", {"Rate": 1}, "1-1")

    assert calm_erp.call("POST", "/_reset").content == {"status": "reset"}
    assert calm_erp.stats()["calls"] == 0
    assert calm_erp.keys("ExchangeRate") == []
    assert calm_erp.post("/rates", {"Rate": 1}, "1-1").status == 201


def test_after_a_reset_the_same_failures_come_again(failing_erp: ErpProcess):
    key = find_key(Fault.THROTTLED)
    before = failing_erp.post("/payments", PAYMENT, key)
    failing_erp.call("POST", "/_reset")

    assert (before.status, failing_erp.post("/payments", PAYMENT, key).status) == (429, 429)


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "reason"),
    [
        ("POST", "/payments", b"{", 400, "the body is not JSON"),
        ("POST", "/payments", b"[]", 400, "the body must be a JSON object"),
        ("GET", "/payments", None, 405, "GET is not possible here, POST, PUT is"),
        ("POST", "/_stats", b"{}", 405, "POST is not possible here, GET is"),
        ("GET", "/_reset", None, 405, "GET is not possible here, POST is"),
        ("GET", "/_keys", None, 400, "entity is missing"),
        ("POST", "/nowhere", b"{}", 404, "no such path"),
    ],
)
def test_a_wrong_call_gets_a_reason_and_changes_nothing(
    calm_erp: ErpProcess, method: str, path: str, content: bytes | None, status: int, reason: str
):
    reply = calm_erp.call(method, path, content, Idempotency_Key="1-1")

    assert reply.status == status
    assert reason in reply.content["error"]
    assert calm_erp.stats()["distinct_keys"] == 0


def test_a_write_without_a_key_is_refused(calm_erp: ErpProcess):
    reply = calm_erp.call("POST", "/payments", PAYMENT)

    assert reply.status == 400
    assert reply.content["error"].startswith("Idempotency-Key must be given once")


def test_a_closed_account_is_refused_for_good_and_by_name(failing_erp: ErpProcess):
    payment = {**PAYMENT, "CreditorIban": CLOSED_ACCOUNTS[0]}

    replies = [failing_erp.post("/payments", payment, "1-1") for _ in range(4)]

    assert [reply.status for reply in replies] == [422] * 4
    assert replies[0].content["rule"] == "PAY-2"
    assert f"{CLOSED_ACCOUNTS[0]} is closed" in replies[0].content["error"]
    assert failing_erp.stats()["by_entity"] == {}


def test_a_busy_erp_answers_503_twice_and_then_takes_the_item(failing_erp: ErpProcess):
    key = find_key(Fault.BUSY)

    assert [failing_erp.post("/payments", PAYMENT, key).status for _ in range(4)] == [503, 503, 201, 200]


def test_a_throttled_call_says_when_to_come_back(failing_erp: ErpProcess):
    key = find_key(Fault.THROTTLED)

    throttled = failing_erp.post("/payments", PAYMENT, key)

    assert throttled.status == 429
    assert throttled.headers["Retry-After"] == "1"
    assert failing_erp.post("/payments", PAYMENT, key).status == 201


def test_a_slow_call_is_taken_at_the_first_try(failing_erp: ErpProcess):
    assert failing_erp.post("/payments", PAYMENT, find_key(Fault.SLOW)).status == 201


@pytest.mark.parametrize(
    ("fault", "kept", "next_status"), [(Fault.CUT, 0, 201), (Fault.CUT_AFTER_STORING, 1, 200)]
)
def test_after_a_cut_only_the_same_key_shows_whether_the_item_was_kept(
    failing_erp: ErpProcess, fault: Fault, kept: int, next_status: int
):
    key = find_key(fault)

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        failing_erp.post("/payments", PAYMENT, key)

    stats = failing_erp.stats()
    assert (stats["distinct_keys"], stats["accepted"]) == (kept, 0)
    assert failing_erp.post("/payments", PAYMENT, key).status == next_status
    assert failing_erp.keys("Payment") == [key]


def test_a_calm_erp_neither_fails_nor_refuses(calm_erp: ErpProcess):
    replies = [calm_erp.post("/payments", {"Amount": -1}, find_key(fault)) for fault in Fault]

    assert [reply.status for reply in replies] == [201] * len(Fault)


def test_a_token_is_asked_for_where_one_is_set(start_erp: StartErp, tmp_path: Path):
    erp = start_erp(tmp_path, "--calm", "--bearer", "open-sesame")

    refused = [
        erp.post("/payments", PAYMENT, "1-1"),
        erp.call("POST", "/payments", PAYMENT, Idempotency_Key="1-1", Authorization="Bearer wrong"),
        erp.call("POST", "/payments", PAYMENT, Idempotency_Key="1-1", Authorization="Basic open-sesame"),
    ]
    taken = erp.call("POST", "/payments", PAYMENT, Idempotency_Key="1-1", Authorization="Bearer open-sesame")

    assert [reply.status for reply in refused] == [401] * 3
    assert refused[0].headers["WWW-Authenticate"] == "Bearer"
    assert taken.status == 201


def test_a_long_list_of_keys_comes_in_pieces_and_whole(start_erp: StartErp, tmp_path: Path):
    keys = sorted(f"{row}-1" for row in range(25_000))
    ledger = Ledger(tmp_path / DATABASE_NAME)
    ledger.record([Delivery(key, "ExchangeRate", "", b"{}", "") for key in keys], calls=25_000)
    ledger.close(calls=25_000)
    erp = start_erp(tmp_path)

    reply = erp.call("GET", "/_keys?entity=ExchangeRate")

    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert reply.content == keys
    assert erp.stats()["by_entity"] == {"ExchangeRate": 25_000}


@pytest.mark.kill
def test_what_was_accepted_survives_a_kill(start_erp: StartErp, tmp_path: Path):
    killed = start_erp(tmp_path, "--calm")
    with ThreadPoolExecutor(20) as senders:
        accepted = list(
            senders.map(lambda row: killed.post("/rates", {"Row": row}, f"{row}-1").status, range(100))
        )
    killed.process.kill()
    killed.process.wait()

    erp = start_erp(tmp_path, "--calm")

    assert accepted == [201] * 100
    assert erp.keys("ExchangeRate") == sorted(f"{row}-1" for row in range(100))
    assert erp.stats()["accepted"] == 100
    assert erp.post("/rates", {"Row": 7}, "7-1").content == {"status": "repeat"}
    assert erp.post("/rates", {"Row": 8}, "7-1").status == 409


def test_two_hundred_connections_at_once_are_served_and_kept_alive(calm_erp: ErpProcess):
    async def send_three(row: int) -> list[bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", calm_erp.port)
        statuses = []
        for item in range(3):
            writer.write(
                b"POST /rates HTTP/1.1\r\nIdempotency-Key: %d-%d\r\nContent-Length: 2\r\n\r\n{}" % (row, item)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(len(b'{"status": "stored"}'))
            statuses.append(head.split()[1])
        writer.close()
        await writer.wait_closed()
        return statuses

    async def send_all() -> list[list[bytes]]:
        return await asyncio.gather(*map(send_three, range(200)))

    assert asyncio.run(send_all()) == [[b"201"] * 3] * 200
    assert calm_erp.stats()["by_entity"] == {"ExchangeRate": 600}


def test_one_connection_serves_many_calls_even_after_a_refusal(calm_erp: ErpProcess):
    connection = calm_erp.connect()
    statuses = []
    for key in ("1-1", "", "2-1"):
        connection.request("POST", "/rates", b"{}", {"Idempotency-Key": key})
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()

    assert statuses == [201, 400, 201]


def test_a_chunked_body_is_the_same_payload(calm_erp: ErpProcess):
    connection = calm_erp.connect()
    connection.request(
        "POST", "/rates", iter([b'{"Rate"', b": 1}"]), {"Idempotency-Key": "1-1"}, encode_chunked=True
    )
    status = connection.getresponse().status
    connection.close()

    assert status == 201
    assert calm_erp.call("POST", "/rates", b'{"Rate": 1}', Idempotency_Key="1-1").status == 200


@pytest.mark.parametrize(
    ("data", "status_line"),
    [
        (
            b"POST /rates HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1) + b"a" * 8 * BODY_LIMIT,
            b"413",
        ),
        (b"GET /%b HTTP/1.1\r\n\r\n" % (b"a" * HEAD_LIMIT), b"431"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
def test_what_is_too_large_or_no_http_is_answered_before_the_line_is_closed(
    calm_erp: ErpProcess, data: bytes, status_line: bytes
):
    with calm_erp.connect_raw() as line:
        line.sendall(data)
        answer = b"".join(iter(lambda: line.recv(4096), b""))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == status_line
    assert b"Connection: close" in head
    assert json.loads(body)["error"]


def test_a_stop_lets_what_has_come_in_be_answered(start_erp: StartErp, tmp_path: Path):
    erp = start_erp(tmp_path, "--seed", "7")
    slow, idle = erp.connect(), erp.connect()
    idle.connect()
    slow.request("POST", "/rates", b"{}", {"Idempotency-Key": find_key(Fault.SLOW)})
    while erp.stats()["calls"] == 0:
        time.sleep(0.01)

    erp.process.send_signal(signal.SIGTERM)

    assert slow.getresponse().status == 201
    assert erp.process.wait(timeout=20) == 0
    slow.close()
    idle.close()


@pytest.mark.parametrize(
    ("arguments", "environment", "port"),
    [
        ([], {}, 8001),
        ([], {"PORT": "9000"}, 9001),
        ([], {"PORT": "9000", "ERP_PORT": "7000"}, 7000),
        (["--port", "6000"], {"PORT": "9000", "ERP_PORT": "7000"}, 6000),
    ],
)
def test_the_port_comes_from_the_flag_then_the_environment(
    arguments: list[str], environment: dict[str, str], port: int
):
    assert read_options(arguments, environment).port == port


def test_the_token_comes_from_the_flag_then_the_environment():
    assert read_options([], {}).bearer is None
    assert read_options([], {"ERP_BEARER": "quiet"}).bearer == "quiet"
    assert read_options(["--bearer", "loud"], {"ERP_BEARER": "quiet"}).bearer == "loud"


def test_the_data_directory_comes_from_the_flag_then_the_environment():
    def read(arguments: list[str], environment: dict[str, str]) -> Namespace:
        return read_options(arguments, environment)

    assert read([], {}).data_dir == DEFAULT_DATA_DIR
    assert read([], {"HUB_DATA_DIR": "/srv/hub"}).data_dir == Path("/srv/hub")
    assert read(["--data-dir", "/tmp/erp"], {"HUB_DATA_DIR": "/srv/hub"}).data_dir == Path("/tmp/erp")  # noqa: S108


@pytest.mark.parametrize(
    "environment", [{"PORT": "x"}, {"PORT": "65535"}, {"ERP_PORT": "-1"}, {"ERP_PORT": ""}]
)
def test_a_port_that_is_none_is_refused_by_name(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit):
        read_options([], environment)

    assert "is not a port from 0 to 65535" in capsys.readouterr().err


def test_a_taken_port_ends_the_start_with_a_reason(calm_erp: ErpProcess, tmp_path: Path):
    command = [sys.executable, "-m", "demo.erp", "--port", str(calm_erp.port), "--data-dir", str(tmp_path)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    assert finished.returncode == 1
    assert f"the demo ERP cannot run on port {calm_erp.port}" in finished.stderr
