"""Which media type an answer gets, by ASP.NET's rules: when nothing fits, the first one does."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

MOST_RANGES = 100


class Range(NamedTuple):
    """One entry of an Accept header, such as `text/*;q=0.5`."""

    media_type: str
    quality: float


def essence(content_type: str) -> str:
    """`Text/XML; charset="utf-8"` -> `text/xml`."""
    return content_type.partition(";")[0].strip().lower()


def choose(accept: str, offered: Sequence[str], *, sent: str = "") -> str:
    """The best of the types offered. A literal wish counts before `text/*`; `*/*`, or nothing that fits, gets
    the type of the request's own body (`sent`), else the first."""
    ranges = list(_ranges(accept))
    unwanted = {each.media_type for each in ranges if each.quality <= 0}
    wanted = [each for each in ranges if each.quality > 0]
    for quality in sorted({each.quality for each in wanted}, reverse=True):
        asked = [each.media_type for each in wanted if each.quality == quality]
        for media_type in asked:
            if media_type in offered:
                return media_type
        for media_type in offered:
            if f"{media_type.partition('/')[0]}/*" in asked and media_type not in unwanted:
                return media_type
        if "*/*" in asked:
            break
    return sent if sent in offered else offered[0]


def preferred(accept: str) -> list[str]:
    """What a header such as `nb, en;q=0.8` wishes for, in lower case, the best first; never what has q=0."""
    wanted = [each for each in _ranges(accept) if each.quality > 0]
    return [each.media_type for each in sorted(wanted, key=lambda each: -each.quality)]


def _ranges(accept: str) -> Iterator[Range]:
    for entry in accept.split(",")[:MOST_RANGES]:
        media_type, *parameters = entry.split(";")
        if media_type.strip():
            yield Range(media_type.strip().lower(), _quality(parameters))


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
