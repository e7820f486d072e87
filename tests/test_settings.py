"""Settings that make no sense end the process with a line that names them."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "99999"),
        ("ERP_PORT", "0"),
        ("HUB_WORKERS", "zero"),
        ("HUB_LEASE_SECONDS", "-1"),
        ("DATABASE_URL", "garbage"),
        ("DATABASE_URL", "mongodb://x"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name, value):
    done = subprocess.run(
        [sys.executable, "-c", "import integrationhub.settings"],
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(name)
    assert done.stderr.count("\n") == 1
