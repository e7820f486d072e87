"""What the rivals execute for an item."""

import importlib.util

TIMEOUT = 30


def do_nothing(item: int) -> None:
    """As little as the hub's own no-op action."""


def post(url: str, item: int) -> None:
    """One POST with an idempotency key, as most projects write it. Raises for anything but success."""
    import requests

    body = {"Number": f"P-{item}", "Amount": "101.25", "Currency": "EUR", "Status": "Open"}
    answer = requests.post(url, json=body, headers={"Idempotency-Key": f"{item}-1"}, timeout=TIMEOUT)
    answer.raise_for_status()


def missing(*packages: str) -> str:
    absent = [package for package in packages if importlib.util.find_spec(package) is None]
    return f"needs `make bench-deps` ({', '.join(absent)})" if absent else ""
