"""The scripts that there are: the hub's own, and those of installed packages. A code is looked up here and
never imported."""

import re
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

import structlog

from channels.scripts.contract import Direction, Script

GROUP = "integrationhub.scripts"

log = structlog.get_logger(__name__)
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_scripts: dict[str, Script] = {}


def register(code: str, script: Script) -> None:
    """Raises ValueError for a code that no field could name, or that is taken."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code[:64]!a} is no code of a script: letters, digits and _, a letter first.")
    if _scripts.get(code, script) is not script:
        raise ValueError(f"There is a script {code} already.")
    _scripts[code] = script


def find(code: str) -> Script | None:
    return _scripts.get(code)


def codes(direction: Direction) -> list[str]:
    return sorted(code for code, script in _scripts.items() if script.direction is direction)


def load_installed() -> None:
    """Takes in what installed packages offer. One that is broken is left out, and said so in the log."""
    load(entry_points(group=GROUP))


def load(points: Iterable[EntryPoint]) -> None:
    for point in points:
        try:
            script = point.load()
            if not isinstance(script, Script):
                raise TypeError("it names no script")  # noqa: TRY301
            register(point.name, script)
        except Exception as error:
            log.exception("script_left_out", script=point.name, error=str(error))
