"""`python -m tests.queues.faults.receiver …`: the demo ERP, calm, but as slow as real ones: there is always
something under way when a process dies. What it was given is in its ledger on disk, as ever."""

import asyncio
import os

from demo import erp
from demo.http1 import Answer
from demo.ledger import Delivery

SECONDS = float(os.environ.get("RECEIVER_SECONDS", "0.3"))


class SlowErp(erp.Erp):
    async def _store(self, delivery: Delivery) -> Answer:
        await asyncio.sleep(SECONDS)
        return await super()._store(delivery)


if __name__ == "__main__":
    erp.Erp = SlowErp  # type: ignore[misc]
    erp.main()
