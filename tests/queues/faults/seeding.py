"""Work for the hub under test: a client with payments, and their export to the ERP beside it."""

from tests.hub import Hub

_SEED = """
from tests.queues.engine import make_exported_payments
url = "http://127.0.0.1:{port}"
activation = make_exported_payments(count={count}, base_url=url, path="/entities/Payment")
{more}
answer = activation.pk
"""
_TICK = """
from queues.clock import database_now
from queues.ticking import tick
tick(database_now())
"""
_STORE = """
from django.utils import timezone
from integrations import records
from integrations.models import Client, Entity
from queues import ticking
from queues.clock import database_now
from tests.cast import payment_row
now = timezone.now()
rows = [payment_row(number, updated_on=now) for number in range({first}, {last} + 1)]
answer = records.store(Client.objects.get(), Entity.objects.get(), rows, now=now).created
"""


def plant(hub: Hub, count: int, *, more: str = "", queued: bool = True) -> int:
    """Payments 1 to `count`. `more` is run in the hub before they are queued. The ClientIntegration's id."""
    return int(hub.ask(_SEED.format(count=count, port=hub.erp_port, more=more + (_TICK if queued else ""))))


def store(hub: Hub, first: int, last: int) -> None:
    """More payments, which the next scan will find."""
    assert hub.ask(_STORE.format(first=first, last=last)) == last - first + 1
