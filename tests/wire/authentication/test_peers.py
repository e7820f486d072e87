"""Which address a request came from."""

import pytest

from integrationhub.wire.authentication.peers import peer_address, peer_network


def test_without_proxies_it_is_who_connected_whatever_the_headers_say():
    meta = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "198.51.100.7"}
    assert peer_address(meta, 0) == "192.0.2.1"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("198.51.100.7", 1, "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", 1, "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", 2, "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9, 198.51.100.7", 2, "203.0.113.9"),
        ("", 1, "192.0.2.1"),
        ("198.51.100.7", 2, "192.0.2.1"),
        ("198.51.100.7,", 1, "192.0.2.1"),
    ],
)
def test_behind_proxies_it_is_the_entry_that_the_outermost_of_them_added(forwarded, proxies, address):
    meta = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert peer_address(meta, proxies) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unix", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_caller_is_held_to_its_address_or_to_its_whole_ipv6_network(address, network):
    assert peer_network(address) == network
