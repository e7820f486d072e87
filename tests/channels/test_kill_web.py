"""A web worker is killed while hooks come in: what was accepted is there, once."""

import os
import signal
import threading

import pytest

from bench import cpu
from bench.hook_load import Caller
from tests.channels.web import start_web
from tests.hub import running_hub, wait_until

pytestmark = pytest.mark.kill

HOOKS = 400
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
        caller = Caller(f"http://127.0.0.1:{web.port}/hooks/{web.keys['token']}")
        calling = threading.Thread(target=caller.call, args=(range(HOOKS),))
        calling.start()
        for quarter in (1, 2, 3):
            wait_until(
                lambda: len(caller.load.accepted) > HOOKS * quarter // 4,  # noqa: B023
                seconds=120,
                what="Hooks accepted",
            )
            os.kill(cpu.tree(web.process.pid)[1], signal.SIGKILL)
        calling.join(timeout=120)
        stored = hub.ask(STORED)
        accepted = caller.load.accepted
        assert len(accepted) + caller.load.lost == HOOKS
        assert len(accepted) > HOOKS * 3 // 4
        assert sorted(number for number in stored if number in set(accepted)) == sorted(accepted)
        assert len(stored) == len(set(stored)) <= len(accepted) + caller.load.lost

        hub.ask(CUT)
        afterwards = Caller(caller.url).call(range(HOOKS, HOOKS + 20))
        assert (len(afterwards.accepted), afterwards.lost) == (20, 0)
