"""The form of an answer, and whether that of a body can be read: Accept, `$format`, Content-Type, versions.

JSON comes in 36 forms: `odata.metadata` minimal, full, none or unsaid, `odata.streaming` true, false or
unsaid, `IEEE754Compatible` true, false or unsaid. Parameters come in any order, with or without `odata.`, and
unknown ones mean nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from . import media_types
from .errors import ODataError
from .media_types import MediaType

JSON = "application/json"
XML = "application/xml"
ANYTHING = "*/*"
_SHORT = {"json": JSON, "xml": XML}
_JSON_RANGES = (JSON, "application/*", ANYTHING)
_CHARSETS = ("utf-8", "utf8", "us-ascii")
_VERSION = re.compile(r"\s*(\d+)\.(\d+)\s*(?:;.*)?")


class Metadata(StrEnum):
    """How much control information a payload carries."""

    NONE = "none"
    MINIMAL = "minimal"
    FULL = "full"


class Version(StrEnum):
    V40 = "4.0"
    V401 = "4.01"


@dataclass(frozen=True, slots=True)
class Format:
    """The JSON of an answer. `parameters` are those that its Content-Type names, in order."""

    metadata: Metadata = Metadata.MINIMAL
    ieee754: bool = False
    parameters: tuple[tuple[str, str], ...] = field(
        default=(("odata.metadata", "minimal"), ("odata.streaming", "true"))
    )

    @property
    def content_type(self) -> str:
        return ";".join([JSON, *(f"{name}={value}" for name, value in self.parameters)])


@dataclass(frozen=True, slots=True)
class BodyFormat:
    """The JSON of a body: with `ieee754`, its Int64 and Decimal values may be texts."""

    ieee754: bool = False


def json_format(accept: str | None, option: str | None, *, charset: bool = False) -> Format:
    """The JSON that is wanted. Raises 406 when none of it is. `option` is `$format`, which goes first."""
    if option is not None:
        wanted = media_types.parse(_SHORT.get(option.strip().lower(), option))
        found = _format(wanted, charset) if wanted is not None and wanted.name == JSON else None
        if found is None:
            raise _refused(f"$format={option}")
        return found
    ranges = media_types.parse_accept(accept) if accept and accept.strip() else []
    if not accept or not accept.strip() or any(each.name == ANYTHING for each in ranges):
        # Software that takes anything gets the default, unless it also names a form of JSON it prefers.
        ranges = [each for each in ranges if each.name == JSON and each.parameters] or [_DEFAULT]
    for each in ranges:
        if each.name in _JSON_RANGES and (found := _format(each, charset)):
            return found
    raise _refused(accept or "")


def metadata_type(accept: str | None, option: str | None) -> str:
    """XML or JSON, for `$metadata`: whichever is wanted more. Raises 406.

    Who takes anything gets XML, and so does who takes XML and names JSON with the parameters of rows: that is
    the header of all its requests.
    """
    if option is not None:
        wanted = media_types.parse(_SHORT.get(option.strip().lower(), option))
        if wanted is None or wanted.name not in (JSON, XML):
            raise _refused(f"$format={option}")
        return wanted.name
    ranges = media_types.parse_accept(accept or ANYTHING)
    names = [each.name for each in ranges]
    if any(name in (ANYTHING, "application/*", "text/xml", XML) for name in names):
        return JSON if names[0] == JSON and ANYTHING not in names and not ranges[0].parameters else XML
    if JSON not in names:
        raise _refused(accept or "")
    return JSON


def body_format(content_type: str | None) -> BodyFormat:
    """Raises 415 for anything but JSON in UTF-8. No type at all is taken for JSON."""
    if not content_type:
        return BodyFormat()
    given = media_types.parse(content_type)
    if given is None or given.name != JSON or _format(given, charset=False) is None:
        raise ODataError(415, "", f"The media type {content_type[:200]!a} is not supported; send {JSON}.")
    if given.parameters.get("charset", "utf-8").lower() not in _CHARSETS:
        raise ODataError(415, "", "The body has to be in UTF-8.")
    return BodyFormat(ieee754=given.parameters.get("ieee754compatible", "").lower() == "true")


def version_of(headers: Mapping[str, str]) -> Version:
    """The version to answer with: the highest that the caller allows, 4.0 unless it asks for more.

    Raises 400 where it allows none that there is. What cannot be read is ignored.
    """
    wanted = None
    for name in ("OData-MaxVersion", "OData-MinVersion", "OData-Version"):
        version = _parse_version(headers.get(name))
        if version is not None and name != "OData-MinVersion" and version < (4, 0):
            raise ODataError(400, "", f"{name} has to be at least 4.0.", name)
        if version is not None and name != "OData-MaxVersion" and version > (4, 1):
            raise ODataError(400, "", f"{name} is higher than 4.01, the highest version there is here.", name)
        wanted = wanted or version
    return Version.V401 if wanted is not None and wanted >= (4, 1) else Version.V40


def _parse_version(text: str | None) -> tuple[int, int] | None:
    found = _VERSION.fullmatch(text or "")
    return (int(found[1]), int(found[2])) if found else None


def _format(wanted: MediaType, charset: bool) -> Format | None:
    """None where a parameter of OData has a value that it cannot have."""
    metadata = (wanted.parameter("metadata") or Metadata.MINIMAL).lower()
    streaming = wanted.parameter("streaming")
    ieee754 = wanted.parameters.get("ieee754compatible")
    if metadata not in tuple(Metadata) or not _is_boolean(streaming) or not _is_boolean(ieee754):
        return None
    named = [("odata.metadata", metadata)]
    named += [("odata.streaming", streaming.lower())] if streaming else []
    named += [("IEEE754Compatible", ieee754.lower())] if ieee754 else []
    named += [("charset", "utf-8")] if charset else []
    return Format(Metadata(metadata), (ieee754 or "").lower() == "true", tuple(named))


def _is_boolean(value: str | None) -> bool:
    return value is None or value.lower() in ("true", "false")


_DEFAULT = MediaType(JSON, {"odata.metadata": "minimal", "odata.streaming": "true"})


def _refused(wanted: str) -> ODataError:
    return ODataError(406, "", f"There is no answer in the form {wanted[:200]!a}.")
