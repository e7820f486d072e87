"""Which language an answer is in, and texts that exist in several.

Without a language a text stays as it is stored: `US:"Running";NO:"Kjører"`. SO-Language counts before
Accept-Language; `*` and `x` ask for no language at all. A language the hub does not speak is English.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import formats, translation

from integrationhub.wire import media_types

# What SuperOffice calls the languages of the hub's own texts.
CODES = {"en": "US", "nb": "NO", "sv": "SW", "de": "GE"}

_SPOKEN = {"us": "en", "uk": "en", "no": "nb", "nn": "nb", "sw": "sv", "ge": "de", "dk": "da"}
_NONE = ("*", "x")
_MANY = re.compile(r'(?:[A-Za-z]{2}:"[^"]*";?)+')
_ONE = re.compile(r'([A-Za-z]{2}):"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Locale:
    """`language` of texts, `culture` of the numbers and dates within them; None: texts stay as stored."""

    language: str | None = None
    culture: str | None = None

    def number(self, value: int) -> str:
        return formats.number_format(value, force_grouping=True) if self.culture else str(value)

    def moment(self, value: datetime) -> str:
        return (
            formats.date_format(value, "SHORT_DATETIME_FORMAT")
            if self.culture
            else f"{value:%Y-%m-%dT%H:%M:%S}"
        )


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of the hub's own: the message in English, and what is put into it."""

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def told(self, locale: Locale) -> str:
        if locale.language:
            return self._in(locale.language, locale)
        return ";".join(f'{CODES[code]}:"{self._in(code, locale)}"' for code in CODES)

    def in_english(self) -> str:
        return self._in("en", Locale())

    def _in(self, language: str, locale: Locale) -> str:
        with translation.override(locale.culture or language):
            values = {name: _written(value, locale) for name, value in self.values.items()}
        with translation.override(language):
            text = str(translation.gettext(self.message) % values)
        return text.removesuffix(".") if text.endswith("..") else text  # after a.m. and p.m.


def choose(so_language: str, accept_language: str, culture: str) -> Locale:
    """From the three headers, each empty when it is missing."""
    for header in (so_language, accept_language):
        wished = media_types.preferred(header)
        if wished and wished[0] in _NONE:
            return Locale()
        if wished:
            language = next(filter(None, map(_known, wished)), "en")
            return Locale(language, _known(culture.strip().lower()) or language)
    return Locale()


def resolve(text: str, locale: Locale) -> str:
    """One language out of a text that was stored in several."""
    if locale.language is None or not _MANY.fullmatch(text):
        return text
    found = {_SPOKEN.get(code.lower(), code.lower()): words for code, words in _ONE.findall(text)}
    chosen: str = found.get(locale.language) or found.get("en") or next(iter(found.values()))
    return chosen


def _known(name: str) -> str | None:
    base = name.partition("-")[0]
    code = _SPOKEN.get(base, base)
    return code if code in CODES else None


def _written(value: object, locale: Locale) -> str:
    match value:
        case int():
            return locale.number(value)
        case datetime():
            return locale.moment(value)
    return str(value)
