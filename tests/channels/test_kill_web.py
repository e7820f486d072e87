"""Web workers are killed while hooks come in: what was accepted is there, once."""

import os
import signal
import threading

import pytest

from bench import cpu
from bench.hook_load import Caller
from tests.channels.web import start_web
from tests.hub import running_hub, wait_until
from tests.queues.faults.processes import in_session

pytestmark = pytest.mark.kill

HOOKS = 300
STORED = """
import json
from channels.models import MessageLog
from channels.sealing import unseal
answer = []
for row in MessageLog.objects.all():
    answer.append(json.loads(unseal(row.sealed).body)["id"])
"""
# What a server that is restarted does to connections that are kept.
CUT = """
from django.db import connection
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE datname = current_database() AND pid <> pg_backend_pid()")
answer = None
"""


def test_every_accepted_hook_is_stored_exactly_once(tmp_path):
    with running_hub(tmp_path) as hub:
        web = start_web(hub)
        url = f"http://127.0.0.1:{web.port}/hooks/{web.keys['token']}"
        workers = cpu.tree(web.process.pid)[1:]
        assert len(workers) == 2
        loads = [
            call_and_kill(url, range(number * HOOKS, (number + 1) * HOOKS), web, worker)
            for number, worker in enumerate(workers)
        ]
        stored = hub.ask(STORED)
        accepted = [number for load in loads for number in load.accepted]
        assert len(accepted) + sum(load.lost for load in loads) == 2 * HOOKS
        assert len(accepted) > 2 * HOOKS * 3 // 4
        assert sorted(number for number in stored if number in set(accepted)) == sorted(accepted)
        assert len(stored) == len(set(stored)) <= 2 * HOOKS

        hub.ask(CUT)
        afterwards = Caller(url).call(range(2 * HOOKS, 2 * HOOKS + 20))
        assert (len(afterwards.accepted), afterwards.lost) == (20, 0)

        web.process.kill()
        wait_until(
            lambda: not in_session(web.process.pid), seconds=30, what="Workers without a leader ending"
        )


def call_and_kill(url, numbers, web, worker):
    """What came of these hooks, a third of them called when the worker dies; another has taken its place."""
    wait_until(lambda: len(cpu.tree(web.process.pid)) == 3, seconds=60, what="Another worker starting")
    caller = Caller(url)
    calling = threading.Thread(target=caller.call, args=(numbers,))
    calling.start()
    wait_until(lambda: len(caller.load.accepted) > len(numbers) // 3, seconds=120, what="Hooks accepted")
    os.kill(worker, signal.SIGKILL)
    calling.join(timeout=120)
    return caller.load
