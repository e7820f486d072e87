from collections.abc import Iterator

import pytest

from channels.models import IntegrationPoint
from tests.api import _nobody_has_failed_to_sign_in, acme_api, borealis_api, staff_api
from tests.channels.points import POINTS
from tests.wire.transport.receiver import Receiver, running

__all__ = ["_nobody_has_failed_to_sign_in", "acme_api", "borealis_api", "staff_api"]


@pytest.fixture
def point(acme_api):
    """Acme's channel of the seed's sample, as the answer to the POST that made it."""
    return acme_api.post_json(POINTS, {"code": "ABCDE", "type": "public", "url": "http://trapper.com"}).json()


@pytest.fixture
def change(acme_api, point):
    """Changes that channel, and returns its row."""

    def patch(**values):
        response = acme_api.patch_json(f"{POINTS}/{point['id']}", values)
        assert response.status_code == 200, response.content
        return IntegrationPoint.objects.get(code="ABCDE", client__code="acme")

    return patch


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    """A server that the hub may call."""
    settings.HUB_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with running(Receiver()) as server:
        yield server
