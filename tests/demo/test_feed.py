import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from demo import erp
from demo.erp import Erp
from demo.feed import BEGINNING, find_entity, read_page
from demo.group_commit import GroupCommit
from demo.http1 import Head, HttpError, Request
from demo.ledger import Delivery, Ledger
from tests.demo.conftest import ErpProcess

TIMES = [f"2026-11-02T08:00:0{second}+00:00" for second in range(5)]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Five payments, one a second, in no order, and a rate."""
    ledger = Ledger(tmp_path / "erp.sqlite3")
    payments = [
        Delivery(f"{number}-1", "Payment", "", b'{"Number": "P-%d"}' % number, TIMES[number])
        for number in (3, 0, 4, 1, 2)
    ]
    ledger.record([*payments, Delivery("9-1", "ExchangeRate", "", b"{}", TIMES[2])], calls=6)
    yield ledger
    ledger.close(calls=6)


def ask(ledger: Ledger, query: dict[str, str], *, bearer: str | None = None) -> tuple[int, dict]:
    async def answer() -> tuple[int, dict]:
        head = Head("GET", "/feed/Payment", query, {})
        told = await Erp(GroupCommit(ledger), faults=None, bearer=bearer).answer(Request(head, b""))
        assert told is not None
        assert isinstance(told.content, bytes)
        return told.status, json.loads(told.content)

    return asyncio.run(answer())


def numbers(answer: tuple[int, dict]) -> list[str]:
    return [item["Item"]["Number"] for item in answer[1]["items"]]


def test_the_feed_tells_what_was_booked_the_oldest_first(ledger: Ledger):
    assert numbers(ask(ledger, {})) == ["P-0", "P-1", "P-2", "P-3", "P-4"]
    assert ask(ledger, {"limit": "1"}) == (
        200,
        {
            "page": 1,
            "items": [{"Key": "0-1", "Resource": "", "BookedOn": TIMES[0], "Item": {"Number": "P-0"}}],
        },
    )


def test_the_feed_comes_in_pages_until_one_is_empty(ledger: Ledger):
    pages = [numbers(ask(ledger, {"limit": "2", "page": str(page)})) for page in (1, 2, 3, 4)]
    assert pages == [["P-0", "P-1"], ["P-2", "P-3"], ["P-4"], []]


def test_the_feed_starts_at_the_moment_asked_for_whatever_its_zone(ledger: Ledger):
    assert numbers(ask(ledger, {"updated_since": "2026-11-02T10:00:03+02:00"})) == ["P-3", "P-4"]


def test_what_came_in_this_moment_is_told_later(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(erp, "FEED_DELAY", timedelta(days=100_000))
    assert numbers(ask(ledger, {})) == []


def test_the_feed_needs_the_token(ledger: Ledger):
    with pytest.raises(HttpError, match="a bearer token is needed"):
        ask(ledger, {}, bearer="t0ken")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"updated_since": "yesterday"}, "updated_since is not a time"),
        ({"updated_since": "0001-01-01T00:00:00+23:59"}, "updated_since is not a time"),
        ({"page": "0"}, "page is not a whole number"),
        ({"limit": "-1"}, "limit is not a whole number"),
        ({"limit": "٣"}, "limit is not a whole number"),
    ],
)
def test_a_wrong_parameter_is_named(query: dict[str, str], reason: str):
    with pytest.raises(HttpError, match=reason):
        read_page("Payment", query)


def test_without_parameters_a_page_starts_at_the_beginning():
    page = read_page("Payment", {"limit": "9999"})
    assert (page.since, page.number, page.limit) == (BEGINNING.isoformat(), 1, 500)


@pytest.mark.parametrize("path", ["/feed", "/feed/", "/feed/1", "/feed/Payment/1", "/payments"])
def test_other_paths_are_no_feed(path: str):
    assert find_entity(path) is None


def test_the_feed_is_for_reading(calm_erp: ErpProcess):
    assert calm_erp.call("GET", "/feed/Payment").content == {"page": 1, "items": []}
    assert calm_erp.call("POST", "/feed/Payment", {}).status == 405
