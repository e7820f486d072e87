"""How much one request may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Beyond a limit a request gets a 400 that names it."""

    filter_length: int = 2048
    filter_nodes: int = 100
    depth: int = 20
    expand_depth: int = 3
    expanded_rows: int = 100
    related_rows: int = 20_000
    order_items: int = 20
    listed_items: int = 200
    nested_lambdas: int = 2
    top: int = 10_000
    skip: int = 1_000_000_000
    path_segments: int = 20
    batch_parts: int = 100
    seconds: float = 30.0
    """Of the database's time, where the database sets none itself: beyond, a 503."""
