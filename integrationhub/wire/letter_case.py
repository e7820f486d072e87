"""Paths that are found in any case, as ASP.NET finds them."""


def in_any_case(path: str) -> str:
    """A pattern for a route. `(?i:…)` would keep Django from reversing any route of the hub."""
    return "".join(f"[{char}{char.swapcase()}]" if char.isalpha() else char for char in path)
