"""Media types with parameters, as HTTP headers and `$format` write them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  (RFC 9110's word)
_RANGE = re.compile(rf"\s*(?P<type>{_TOKEN})/(?P<subtype>{_TOKEN})\s*")
_PARAMETER = re.compile(
    rf';\s*(?:(?P<name>{_TOKEN})\s*(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<value>{_TOKEN})))?)?\s*'
)
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class MediaType:
    """`name` is in lower case, as are the names of the parameters; `quality` is that of an Accept header."""

    name: str
    parameters: Mapping[str, str]
    quality: float = 1.0

    def parameter(self, name: str) -> str | None:
        """Of OData's own parameters the `odata.` before the name may be left out."""
        found = self.parameters.get(f"odata.{name}")
        return self.parameters.get(name) if found is None else found


def parse(text: str) -> MediaType | None:
    """One media type. None where the text is none."""
    found = list(_ranges(text))
    return found[0] if len(found) == 1 else None


def parse_accept(text: str) -> list[MediaType]:
    """The ranges of an Accept header, the most wanted first; what cannot be read is passed over."""
    ranges = [each for each in _ranges(text) if each is not None and each.quality > 0]
    return sorted(ranges, key=lambda each: -each.quality)


def _ranges(text: str) -> Iterator[MediaType | None]:
    position = 0
    while position <= len(text):
        found, position = _range_at(text, position)
        end = text.find(",", position)
        clean = not text[position : end if end >= 0 else None].strip()
        yield found if clean else None
        if end < 0:
            return
        position = end + 1


def _range_at(text: str, position: int) -> tuple[MediaType | None, int]:
    head = _RANGE.match(text, position)
    if head is None:
        return None, position
    parameters: dict[str, str] = {}
    position = head.end()
    while parameter := _PARAMETER.match(text, position):
        position = parameter.end()
        if name := parameter["name"]:
            parameters.setdefault(name.lower(), _value(parameter))
    quality = parameters.pop("q", "1")
    weight = float(quality) if _QUALITY.fullmatch(quality) else 1.0
    return MediaType(f"{head['type']}/{head['subtype']}".lower(), parameters, weight), position


def _value(parameter: re.Match[str]) -> str:
    if (quoted := parameter["quoted"]) is not None:
        return re.sub(r"\\(.)", r"\1", quoted)
    return parameter["value"] or ""
