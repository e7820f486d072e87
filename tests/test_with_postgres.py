import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.sources import ROOT

SHOW = "import os, signal, sys; print(os.environ['DATABASE_URL'], flush=True); "
RUNNING_SERVER = "postgres://someone@db.example/hub"


def start(code, *options, server=""):
    return subprocess.Popen(
        ["bin/with-postgres", *options, sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "TEST_DATABASE_URL": server},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def setting(url, name):
    with closing(psycopg.connect(url, connect_timeout=5)) as connection:
        [(value,)] = connection.execute("SELECT current_setting(%s)", [name]).fetchall()
    return value


@pytest.mark.parametrize(
    ("ending", "signal_number", "code", "options", "fsync"),
    [
        ("input()", None, 0, ["--no-fsync"], "off"),
        ("input(); sys.exit(7)", None, 7, [], "on"),
        ("signal.pause()", signal.SIGTERM, 143, [], "on"),
    ],
    ids=["done", "failed", "stopped"],
)
def test_a_server_lives_as_long_as_its_command(ending, signal_number, code, options, fsync):
    with start(SHOW + ending, *options) as process:
        url = process.stdout.readline().strip()
        data = Path(setting(url, "data_directory"))
        assert data.is_dir()
        assert setting(url, "fsync") == fsync
        if signal_number:
            process.send_signal(signal_number)
        process.communicate("\n")
    assert process.returncode == code
    assert not data.parent.exists()
    with pytest.raises(psycopg.OperationalError):
        setting(url, "data_directory")


def test_a_running_server_is_handed_on():
    with start(SHOW, server=RUNNING_SERVER) as process:
        assert process.communicate()[0].strip() == RUNNING_SERVER
    assert process.returncode == 0


def test_a_command_that_a_signal_ends_is_no_success():
    with start("import os; os.kill(os.getpid(), 9)", server=RUNNING_SERVER) as process:
        pass
    assert process.returncode == 137


def test_a_command_that_does_not_exist_is_no_success():
    environment = {**os.environ, "TEST_DATABASE_URL": RUNNING_SERVER}
    done = subprocess.run(
        ["bin/with-postgres", "no-such-thing"], cwd=ROOT, env=environment, capture_output=True
    )
    assert done.returncode == 127
    assert b"no-such-thing" in done.stderr
