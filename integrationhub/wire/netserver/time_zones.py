"""`SO-TimeZone`: the zone that dates are told in, and whether they say so themselves."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, available_timezones

# SuperOffice numbers and names zones in a table of its own; other zones go by their IANA names.
_CODES = {
    "utc": "UTC",
    "no": "Europe/Oslo",
    "us-ny": "America/New_York",
    "fr": "Europe/Paris",
    "dk": "Europe/Copenhagen",
}
_NUMBERS = {"1": "utc", "261": "no", "460": "us-ny", "156": "fr", "140": "dk"}
# `localtime` is what the machine is set to.
_NAMES = {name.lower(): name for name in available_timezones() - {"localtime"}}


@dataclass(frozen=True, slots=True)
class TimeZone:
    zone: tzinfo = UTC
    with_offset: bool = False

    def write(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        text = local.strftime("%Y-%m-%dT%H:%M:%S")
        if not self.with_offset:
            return text
        offset = local.strftime("%z")
        return text + ("Z" if offset == "+0000" else offset)


def read(header: str) -> TimeZone:
    """`NO`, `261` or `Europe/Oslo`, and `, includeTZOffset` if wanted. Raises ValueError."""
    name, *options = (part.strip().lower() for part in header.split(","))
    if not name and not any(options):
        return TimeZone()
    known = _CODES.get(_NUMBERS.get(name, name)) or _NAMES.get(name)
    if known is None:
        raise ValueError("There is no such time zone; write UTC, NO, US-NY or Europe/Oslo.")
    return TimeZone(UTC if known == "UTC" else ZoneInfo(known), "includetzoffset" in options)
