from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.transport import AddressGuard

GLOBAL = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.88.98.255",
    "193.0.0.1",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "::ffff:1.1.1.1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00::1",
]
REFUSED = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:53aa:64c:0:fbff:80ff:fffe",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "3fff:fff:ffff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "",
    "localhost",
    "2130706433",
    "127.1",
    "0x7f.0.0.1",
    "47",
]


@pytest.mark.parametrize("address", GLOBAL)
def test_a_global_address_is_allowed(address):
    assert AddressGuard().allows(address)


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_global_unicast_is_refused(address):
    assert not AddressGuard().allows(address)


@given(st.ip_addresses())
def test_whatever_is_allowed_is_global_unicast_and_wraps_no_other_address(address):
    if AddressGuard().allows(str(address)):
        assert address.is_global or getattr(address, "ipv4_mapped", None) is not None
        assert not address.is_multicast
        assert getattr(address, "sixtofour", None) is None
        assert getattr(address, "teredo", None) is None


@given(st.ip_addresses(v=4))
def test_an_ipv4_mapped_address_is_judged_as_the_address_it_is_sent_to(address: IPv4Address):
    guard = AddressGuard(["10.0.0.0/8"])

    assert guard.allows(f"::ffff:{address}") == guard.allows(str(address))


@given(st.ip_addresses(v=4), st.sampled_from(["64:ff9b::", "::", "64:ff9b:1::"]))
def test_an_ipv4_address_wrapped_for_a_translator_is_refused_wherever_it_leads(
    address: IPv4Address, prefix: str
):
    assert not AddressGuard().allows(str(IPv6Address(int(IPv6Address(prefix)) + int(address))))


@given(st.text())
def test_text_that_is_no_address_is_refused_without_an_error(text):
    assert AddressGuard().allows(text) in (True, False)
    assert not AddressGuard(["localhost"]).allows("x" + text)


def test_the_allow_list_opens_networks_and_single_addresses_and_nothing_beside():
    guard = AddressGuard(["10.1.0.0/16", " 192.168.0.7 ", "::1/128"])

    assert guard.allows("10.1.255.255")
    assert guard.allows("::ffff:10.1.2.3")
    assert guard.allows("192.168.0.7")
    assert guard.allows("::1")
    assert not guard.allows("10.2.0.0")
    assert not guard.allows("192.168.0.8")
    assert not guard.allows("64:ff9b::10.1.0.1")


def test_a_listed_host_name_is_trusted_wherever_it_resolves_to():
    guard = AddressGuard(["erp.corp.example"])

    assert guard.allows("10.0.0.1", "erp.corp.example")
    assert guard.allows("10.0.0.1", "ERP.corp.example.")
    assert not guard.allows("10.0.0.1", "other.corp.example")
    assert not guard.allows("10.0.0.1")


@pytest.mark.parametrize(
    "entry",
    [
        "",
        " ",
        ".",
        "10.0.0.1/8",
        "10.0.0",
        "300.1.1.1",
        "0x7f.1",
        "2130706433",
        "http://erp",
        "erp:80",
        "*.corp",
        "::1/200",
    ],
)
def test_an_entry_that_is_neither_name_nor_network_is_named(entry):
    with pytest.raises(ValueError, match="Allow-list entry"):
        AddressGuard(["127.0.0.0/8", entry])
