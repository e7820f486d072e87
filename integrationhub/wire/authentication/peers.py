"""Which address a request came from."""

import ipaddress
from collections.abc import Mapping
from typing import Any


def peer_address(meta: Mapping[str, Any], proxies: int) -> str:
    """The caller's address, past as many trusted proxies as the hub stands behind.

    Each trusted proxy appends the address it was called from, so the caller is the `proxies`-th entry from
    the right of `X-Forwarded-For`; what stands further left is hearsay.
    """
    remote = str(meta.get("REMOTE_ADDR") or "")
    if not proxies:
        return remote
    forwarded = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    return forwarded[-proxies] if len(forwarded) >= proxies and forwarded[-proxies] else remote


def peer_network(address: str) -> str:
    """What one caller can be held to: an IPv4 address, or the /64 that one IPv6 subscriber commands."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(parsed), 64), strict=False).network_address)
