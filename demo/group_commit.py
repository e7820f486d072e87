"""Many writers, few commits: whoever arrives while one commit reaches the disk shares the next one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from demo.feed import FeedPage
from demo.ledger import Delivery, Ledger, Verdict

LARGEST_GROUP = 500
KEYS_PER_PAGE = 10_000

T = TypeVar("T")


class GroupCommit:
    """The ledger for an event loop: a thread of its own does the work, the loop never waits for the disk."""

    def __init__(self, ledger: Ledger) -> None:
        self.calls = ledger.count_calls()
        self._ledger = ledger
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._waiting: list[tuple[Delivery, asyncio.Future[Verdict]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def record(self, delivery: Delivery) -> Verdict:
        """Returns once the delivery is on disk."""
        verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, verdict))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_waiting())
        return await verdict

    async def count(self) -> dict[str, Any]:
        counts = await self._in_thread(self._ledger.count)
        return {"calls": self.calls, **counts}

    async def list_keys(self, entity: str, *, after: str) -> list[str]:
        """A page of keys; the next one starts after its last key, an empty one ends the list."""
        return await self._in_thread(lambda: self._ledger.list_keys(entity, after=after, limit=KEYS_PER_PAGE))

    async def list_page(self, page: FeedPage, *, until: str) -> list[tuple[str, str, bytes, str]]:
        offset = (page.number - 1) * page.limit
        return await self._in_thread(
            lambda: self._ledger.list_items(
                page.entity, since=page.since, until=until, limit=page.limit, offset=offset
            )
        )

    async def reset(self) -> None:
        await self._in_thread(self._ledger.reset)
        self.calls = 0

    async def close(self) -> None:
        await self._in_thread(lambda: self._ledger.close(calls=self.calls))
        self._thread.shutdown()

    async def _commit_waiting(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
            await self._commit(group)
        self._committing = None

    async def _commit(self, group: list[tuple[Delivery, asyncio.Future[Verdict]]]) -> None:
        deliveries = [delivery for delivery, _ in group]
        try:
            verdicts = await self._in_thread(lambda: self._ledger.record(deliveries, calls=self.calls))
        except Exception as error:  # each sender is told; the next group may fare better
            for _, waiting in group:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting), verdict in zip(group, verdicts, strict=True):
            if not waiting.done():
                waiting.set_result(verdict)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
