"""Which addresses may call: networks in CIDR notation, addresses, masks such as 10.1.*, commas between."""

import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

LONGEST = 1000
_STARRED = re.compile(r"(?:[0-9]{1,3}\.){0,3}[0-9*]{1,3}(?:\.\*){0,3}")


def allows(masks: str, address: str) -> bool:
    """Whether one of the masks covers the address; no mask covers all. Never raises for masks that `check`
    has passed."""
    if not masks or masks.strip() == "*":
        return True
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
        peer = peer.ipv4_mapped
    return any(peer in network for network in _networks(masks))


def check(masks: str) -> None:
    """Raises ValueError, naming the mask at fault."""
    if len(masks) > LONGEST:
        raise ValueError(f"The masks have more than {LONGEST} characters.")
    _networks(masks)


@lru_cache(maxsize=1024)
def _networks(masks: str) -> tuple[Network, ...]:
    return tuple(_network(mask.strip()) for mask in masks.split(",") if mask.strip())


def _network(mask: str) -> Network:
    """Stars stand for whole numbers at the end: 10.1.* and 10.1.*.* are 10.1.0.0/16."""
    text = _cidr(mask) if "*" in mask and _STARRED.fullmatch(mask) else mask
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{mask[:50]!a} is no address, network or mask such as 10.1.*.*") from None


def _cidr(mask: str) -> str:
    parts = mask.split(".")
    known = [part for part in parts if part != "*"]
    if parts[: len(known)] != known:
        return mask
    return f"{'.'.join([*known, *['0'] * (4 - len(known))])}/{8 * len(known)}"
