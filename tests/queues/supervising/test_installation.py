import socket

import pytest

from queues.supervising.installation import Installation, choose_erp_port


def command_of(programs, name):
    (program,) = (program for program in programs if program.name == name)
    return program


def test_a_hub_without_the_demo_is_web_and_cluster():
    programs = Installation("127.0.0.1", 8000, None).make_programs(erp_bearer=None)

    assert [program.name for program in programs] == ["web", "cluster"]
    assert all("HUB_OUTBOUND_ALLOW" not in program.environment for program in programs)


def test_the_demo_may_dial_loopback_and_what_was_allowed_before(settings):
    settings.HUB_OUTBOUND_ALLOW = ["10.0.0.0/8"]

    programs = Installation("127.0.0.1", 8000, 8001).make_programs(erp_bearer="token")

    allowed = command_of(programs, "cluster").environment["HUB_OUTBOUND_ALLOW"]
    assert allowed == "10.0.0.0/8,127.0.0.0/8,::1/128"


def test_the_erp_is_stopped_last_and_only_the_cluster_is_watched():
    programs = Installation("127.0.0.1", 8000, 8001).make_programs(erp_bearer="token")

    assert [program.name for program in programs if program.last] == ["demo ERP"]
    assert [program.name for program in programs if program.watched] == ["cluster"]


def test_the_token_of_the_erp_is_in_no_process_list_and_no_other_programs_hands():
    programs = Installation("127.0.0.1", 8000, 8001).make_programs(erp_bearer="token")

    assert not any("token" in program.command for program in programs)
    assert [program.name for program in programs if "token" in program.environment.values()] == ["demo ERP"]


@pytest.mark.parametrize(
    ("host", "bound", "url"),
    [
        ("127.0.0.1", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("0.0.0.0", "0.0.0.0:8000", "http://127.0.0.1:8000"),  # noqa: S104
        ("::1", "[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_web_server_is_where_it_was_asked_to_be(host, bound, url):
    place = Installation(host, 8000, None)

    web = command_of(place.make_programs(erp_bearer=None), "web")

    assert web.command[web.command.index("--bind") + 1] == bound
    assert place.url == url


def test_a_place_answers_once_something_listens_there():
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = Installation("127.0.0.1", server.getsockname()[1], None)
        assert place.is_answering()

    assert not place.is_answering()


def test_the_erp_follows_the_port_of_the_hub_unless_it_has_its_own(settings, monkeypatch):
    monkeypatch.delenv("ERP_PORT", raising=False)
    settings.PORT, settings.ERP_PORT = 8000, 8001

    assert choose_erp_port(8000) == 8001
    assert choose_erp_port(9000) == 9001

    monkeypatch.setenv("ERP_PORT", "8001")
    assert choose_erp_port(9000) == 8001
