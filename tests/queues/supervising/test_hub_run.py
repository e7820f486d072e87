import argparse
import io
import os
import signal
import socket
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from queues.management.commands.hub_run import Command, interruptible, once, read_port, welcome
from queues.supervising.installation import Installation


@pytest.mark.parametrize("text", ["0", "65535", "-1", "8000.5", "http", "", "٨", "9" * 5000])
def test_what_is_no_port_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a port from 1 to 65534"):
        read_port(text)


def test_a_port_is_a_number():
    assert (read_port("1"), read_port("65534")) == (1, 65534)


def test_a_port_that_is_taken_ends_the_command_before_anything_is_touched(monkeypatch):
    monkeypatch.setattr(Installation, "prepare", lambda *args: pytest.fail("it went on"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"Port {port} on 127.0.0.1 cannot be used"):
            call_command("hub_run", port=port)


def test_a_signal_while_the_hub_is_prepared_ends_the_command(monkeypatch):
    monkeypatch.setattr(Installation, "check", lambda place: signal.raise_signal(signal.SIGTERM))

    with pytest.raises(CommandError, match="Stopped before anything was started") as caught:
        call_command("hub_run")

    assert caught.value.returncode == 130


def test_a_database_that_fails_while_it_is_prepared_ends_the_command_with_the_reason(monkeypatch):
    def fail(place, say):
        raise OperationalError("server closed the connection unexpectedly\nThis probably means")

    monkeypatch.setattr(Installation, "check", lambda place: None)
    monkeypatch.setattr(Installation, "prepare", fail)

    with pytest.raises(CommandError, match="preparation: server closed the connection unexpectedly"):
        call_command("hub_run")


def test_sigterm_means_again_what_it_meant_before():
    before = signal.getsignal(signal.SIGTERM)

    with interruptible():
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler

    assert signal.getsignal(signal.SIGTERM) is before


def test_a_database_that_cannot_be_reached_ends_the_command_with_the_reason(settings):
    environment = {**os.environ, "DATABASE_URL": "postgresql://hub:hidden@127.0.0.1:1/hub"}

    done = subprocess.run(
        (sys.executable, "-W", "ignore", "manage.py", "hub_run", "--port", "64999"),
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("CommandError: The database hub on 127.0.0.1:1 cannot be reached:")
    assert "hidden" not in line


def test_the_greeting_comes_once_and_only_when_the_hub_answers():
    answers, said = iter([False, False, True]), []
    attempt = once(lambda: next(answers), lambda: said.append("ready"))

    for _ in range(5):
        attempt()

    assert said == ["ready"]


def test_a_hub_without_people_tells_how_the_first_one_may_sign_in(db, django_user_model):
    django_user_model.objects.create(username="program")
    assert "manage.py createsuperuser" in welcome("http://hub")
    django_user_model.objects.create(username="first", is_staff=True)
    assert welcome("http://hub") == "the back office is http://hub/admin/"


def test_a_closed_terminal_does_not_stop_the_hub():
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    Command(stdout=Closed())._say("nobody reads this")
