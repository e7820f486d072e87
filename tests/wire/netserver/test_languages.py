import gettext
import re
from pathlib import Path

import pytest

from integrationhub.wire.netserver import languages
from integrationhub.wire.netserver.languages import Locale, Phrase
from tests.sources import ROOT

LOCALES = ROOT / "integrationhub" / "locale"
SPOKEN = [code for code in languages.CODES if code != "en"]
AGENT = ROOT / "queue" / "queues" / "api" / "erpsync"


def catalogue(code):
    with (LOCALES / code / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def written(code):
    text = (LOCALES / code / "LC_MESSAGES" / "django.po").read_text()
    return dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', text, re.MULTILINE))


@pytest.mark.parametrize("code", SPOKEN)
def test_what_is_compiled_is_what_is_written(code):
    compiled = catalogue(code)
    assert written(code)
    assert {message: compiled.gettext(message) for message in written(code)} == written(code)
    assert all(written(code).values())
    for message, translation in written(code).items():
        assert set(re.findall(r"%\(\w+\)s", message)) == set(re.findall(r"%\(\w+\)s", translation))


def test_every_phrase_of_the_agent_is_translated():
    sources = "\n".join(Path(path).read_text() for path in AGENT.glob("*.py"))
    phrases = set(re.findall(r'"((?:The|Items|Integrations|User|Password|Token|API)[^"]* ?[^"]*)"', sources))
    told = {text for text in phrases if f'Phrase("{text}"' in sources}
    assert len(told) >= 4
    for code in SPOKEN:
        assert told <= set(written(code))


def test_a_text_in_several_languages_is_resolved():
    text = 'NO:"Kunde";US:"Customer";GE:"Kunde (de)"'
    assert languages.resolve(text, Locale()) == text
    assert [languages.resolve(text, Locale(code)) for code in ("nb", "en", "de", "sv")] == [
        "Kunde", "Customer", "Kunde (de)", "Customer",
    ]  # fmt: skip
    assert languages.resolve('NO:"Kunde"', Locale("sv")) == "Kunde"
    for other in ("", "Customer", 'NO:"Kunde', 'NO:"a" US:"b"', "[SR_CUSTOMER]"):
        assert languages.resolve(other, Locale("nb")) == other


def test_numbers_within_a_text_are_written_as_the_culture_has_them():
    phrase = Phrase("Integrations that run now: %(count)s.", {"count": 1234567})
    assert phrase.told(Locale("en", "de")) == "Integrations that run now: 1.234.567."
    assert phrase.in_english() == "Integrations that run now: 1234567."


@pytest.mark.parametrize("header", ["", ",", ";", "q=1", "*" * 500, "en" * 500, "-", "nb-", "x-klingon"])
def test_no_header_is_too_strange(header):
    assert languages.choose(header, header, header).language in (None, "en", "nb")
