from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from integrationhub.wire.transport import permission
from integrations.models import ClientIntegration, Direction
from tests.cast import make_action, make_activation, make_integration, make_system
from tests.queues.inbound.feed import Feed, serving

NAME = "join('-', ['P', to_string(no)])"
BY_NUMBER = {"style": "page_number", "parameter": "page"}
WATERMARK = {"parameter": "since", "expression": "changed"}
CONFIGURATION: dict[str, Any] = {
    "path": "/payments",
    "items": "items",
    "key": "id",
    "name": NAME,
    "mapping": f"{{Id: id, Number: {NAME}, Amount: amount, UpdatedOn: changed}}",
    "paging": BY_NUMBER,
    "watermark": WATERMARK,
}


@pytest.fixture
def feed(settings: Any) -> Iterator[Feed]:
    settings.HUB_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_call_waits_inside_a_transaction(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    around_the_test = list(connection.savepoint_ids)

    def check() -> None:
        assert connection.savepoint_ids == around_the_test

    monkeypatch.setattr(permission, "before_dial", check)


MakePull = Callable[..., ClientIntegration]


@pytest.fixture
def make_pull(feed, acme, payment, time) -> MakePull:
    """Acme's pull of payments from the feed, switched on; what is given as None is left out."""

    def make(*, base_url: str | None = None, filter: str | None = None, **changes: Any) -> ClientIntegration:  # noqa: A002
        configuration = {
            name: value for name, value in (CONFIGURATION | changes).items() if value is not None
        }
        integration = make_integration(
            payment,
            now=time.now,
            name="Payments from the ERP",
            direction_id=Direction.Id.INBOUND,
            system=make_system(base_url=base_url or feed.url, authentication="bearer", secret="s3cret"),
            action=make_action(name="Pull", handler="http.pull", configuration=configuration),
            filter=filter,
            backoff=[10],
        )
        return make_activation(acme, integration, now=time.now)

    return make
