"""The API against its own description: every check that schemathesis has, over some thousand cases."""

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.hub import running_hub, wait_until

pytestmark = pytest.mark.scale

PROGRAM = str(Path(sys.executable).with_name("schemathesis"))
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
ALL_BUT_KEYS = ("--exclude-path-regex", "credentials")
# Not the acts that would end the key that this is done with.
KEYS_ALONE = ("--include-path-regex", "credentials/({id}/)?$")

SEED = """
from django.utils import timezone
from integrations import credentials
from integrations.models import Client
from tests.cast import CLIENT_SCOPES, PAYMENT, make_entity
from tests.tenants import make_estate
now = timezone.now()
acme = Client.objects.create(code="acme", name="Acme")
make_estate(acme, make_entity("Payment", PAYMENT), now, mark="acme")
answer = [
    credentials.issue("bearer", now=now, client=acme, scopes=scopes).token
    for scopes in (CLIENT_SCOPES - {"credentials"}, CLIENT_SCOPES)
]
"""


def test_no_check_finds_anything_in_two_thousand_cases(tmp_path):
    with running_hub(tmp_path) as hub:
        without_keys, with_keys = hub.ask(SEED)
        url = f"http://127.0.0.1:{hub.port}/hub/v1/schema/"
        hub.start_web("tests.schema.served:application")
        wait_until(lambda: _answers(url), seconds=60, what="The web server answering")
        cases = [_try(url, without_keys, *ALL_BUT_KEYS), _try(url, with_keys, *KEYS_ALONE)]
    assert sum(cases) >= 2000


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  (our own web server)
            return answer.status == 200
    except OSError:
        return False


def _try(url, token, *operations):
    """How many cases there were; fails with what was found.

    In one thread: Python 3.11 loses count of its depth when two make syntax trees.
    """
    command = [PROGRAM, "--config-file", str(CONFIGURATION), "run", url, "--checks", "all", "--no-color"]
    options = ["--phases", "examples,coverage,fuzzing", "--max-examples", "20"]
    run = subprocess.run(
        [*command, *options, *operations, "--header", f"Authorization: Bearer {token}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-10_000:]
    counted = re.search(r"([\d,]+) generated", run.stdout)
    assert counted is not None
    return int(counted[1].replace(",", ""))
