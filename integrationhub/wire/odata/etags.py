"""Versions of rows as entity tags, and the conditions that requests put on them.

Tags are weak: the forms of one row differ byte for byte, and are the same version all the same.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.utils.http import parse_etags

from .encoding import spell
from .errors import ODataError


def etag_of(version: Any) -> str:
    return f'W/"{quote(spell(version), safe=":.-+")}"'


def check(headers: Mapping[str, str], version: Any | None) -> None:
    """Raises 412 unless a row of this version may be changed; None stands for no row, or one without."""
    wanted, unwanted = headers.get("If-Match"), headers.get("If-None-Match")
    if wanted is not None and not _names("If-Match", wanted, version):
        raise ODataError(412, "", "The row is not of the version that If-Match names; read it again.")
    if unwanted is not None and _names("If-None-Match", unwanted, version):
        raise ODataError(412, "", "The row exists in the version that If-None-Match rules out.")


def is_known(headers: Mapping[str, str], version: Any | None) -> bool:
    """Whether the caller of a GET holds this version already (304)."""
    known = headers.get("If-None-Match")
    return known is not None and version is not None and _names("If-None-Match", known, version)


def _names(header: str, text: str, version: Any | None) -> bool:
    if text.strip() == "*":
        return version is not None
    tags = [_strong(tag) for tag in parse_etags(text)]
    if not tags:
        raise ODataError(400, "", f'Send the ETag in {header} as it came, for example W/"3", or *.', header)
    return version is not None and _strong(etag_of(version)) in tags


def _strong(tag: str) -> str:
    return tag.removeprefix("W/")
