"""A name server that never answers holds nobody up beyond the deadline."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from integrationhub.wire import transport

NEVER = """
#include <netdb.h>
#include <unistd.h>
int getaddrinfo(const char *host, const char *port, const struct addrinfo *like, struct addrinfo **found) {
    pause();
    return EAI_AGAIN;
}
"""
SINGLE = """
from integrationhub.wire.transport import AddressGuard, Request, send

print(send(Request("GET", "http://erp.example.com/", deadline=0.2), AddressGuard()).message)
"""
MANY = """
import os
from integrationhub.wire.transport import AddressGuard, Request, Transport

transport = Transport(AddressGuard())
transport.submit("it", Request("GET", "http://erp.example.com/", deadline=0.2))
print([outcome.message for _, outcome in transport.poll(60)][0], flush=True)
os._exit(0)  # closing would wait
"""


@pytest.fixture(scope="module")
def silent_name_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library to preload, whose name look-up never returns."""
    folder = tmp_path_factory.mktemp("resolver")
    (folder / "never.c").write_text(NEVER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "never.so", "never.c"], cwd=folder, check=True)
    return folder / "never.so"


@pytest.mark.parametrize("script", [SINGLE, MANY], ids=["single", "many"])
def test_the_deadline_covers_the_name_look_up(script, silent_name_server):
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"LD_PRELOAD": str(silent_name_server)},
        cwd=Path(transport.__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert run.stdout == "No connection to erp.example.com: timed out.\n"
