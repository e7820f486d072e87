import socket
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from queues.supervising import preflight
from queues.supervising.preflight import PreflightError


def test_a_missing_data_directory_is_made_for_its_owner_alone(tmp_path):
    preflight.check_data_dir(tmp_path / "new" / "data")

    assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700


def test_a_data_directory_that_cannot_be_written_to_is_named(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.touch()

    with pytest.raises(PreflightError, match=rf"{in_the_way}/data .* or set HUB_DATA_DIR"):
        preflight.check_data_dir(in_the_way / "data")


def test_a_port_that_is_taken_is_named_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PreflightError, match=f"Port {port} on 127.0.0.1 .*: hub_run --port N"):
            preflight.check_port("127.0.0.1", port, remedy="hub_run --port N")


def test_a_port_that_was_just_given_back_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()

    preflight.check_port("127.0.0.1", port, remedy="none needed")


def test_an_address_that_is_not_this_machines_is_refused():
    with pytest.raises(PreflightError, match=r"on 192\.0\.2\.1 cannot be used"):
        preflight.check_port("192.0.2.1", 8000, remedy="another")


def test_a_database_that_cannot_be_reached_is_named_with_the_reason_and_no_password(monkeypatch):
    def fail():
        raise OperationalError("connection refused\nIs the server running?")

    config = {"HOST": "db.example", "PORT": "", "NAME": "hub", "PASSWORD": "hidden"}
    away = SimpleNamespace(ensure_connection=fail, settings_dict=config, vendor="postgresql")
    monkeypatch.setattr(preflight, "connection", away)

    with pytest.raises(PreflightError) as caught:
        preflight.check_database()

    assert str(caught.value).startswith(
        "The database hub on db.example:its default port cannot be reached: connection refused."
    )
    assert "hidden" not in str(caught.value)


@pytest.mark.django_db
def test_a_database_that_answers_passes():
    preflight.check_database()


def test_two_hubs_never_share_a_data_directory(tmp_path):
    with preflight.claim_data_dir(tmp_path), pytest.raises(PreflightError, match="Another hub_run works in"):
        preflight.claim_data_dir(tmp_path)
    preflight.claim_data_dir(tmp_path).close()


@pytest.mark.parametrize("port", [0, 65_536, 100_000])
def test_a_port_that_does_not_exist_is_refused(port):
    with pytest.raises(PreflightError, match=f"no port {port}"):
        preflight.check_port("127.0.0.1", port, remedy="another")
