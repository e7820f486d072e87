"""Which addresses the hub may dial."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The IANA special-purpose registries, and what clouds and old tunnels add to them. `ipaddress.is_global`
# differs between Python releases and lets multicast, tunnels and 168.63.129.16 through.
_REFUSED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT; a cloud's metadata at 100.100.100.200
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's host agent on a public address
            "169.254.0.0/16",  # link-local; metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_GLOBAL_IPV6 = IPv6Network(
    "2000::/3"
)  # all that is allocated; loopback, NAT64, ULA, fe80, fec0, ff00 lie outside
_REFUSED_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
        ),
    )
)
_HOST_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?")


class AddressGuard:
    """Lets global unicast addresses through, and what staff listed.

    `allow` holds addresses, networks in CIDR notation, and host names. A listed host name is trusted
    wherever it resolves to. Raises ValueError naming the entry that is none of these.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._networks: list[Network] = []
        self._hosts: set[str] = set()
        for entry in allow:
            self._admit(entry.strip())

    def allows(self, address: str, host: str = "") -> bool:
        """Whether `address`, about to be dialled for the URL's `host`, may be. Never raises."""
        if _plain(host) in self._hosts:
            return True
        parsed = _parse(address)
        if parsed is None:
            return False
        return _is_global(parsed) or any(parsed in network for network in self._networks)

    def _admit(self, entry: str) -> None:
        if _HOST_NAME.fullmatch(_plain(entry)):
            self._hosts.add(_plain(entry))
            return
        try:
            self._networks.append(ip_network(entry))
        except ValueError as error:
            raise ValueError(
                f"Allow-list entry {entry!r} is no host name, address or network: {error}"
            ) from error


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")


def _parse(address: str) -> Address | None:
    """The address a packet would go to: an IPv4-mapped one leaves as IPv4."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def _is_global(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_IPV4)
    return address in _GLOBAL_IPV6 and not any(address in network for network in _REFUSED_IPV6)
