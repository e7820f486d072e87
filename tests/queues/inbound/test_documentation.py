import json
import re
from pathlib import Path

from queues.inbound.configuration import _SCHEMA, Style, read

PAGE = (Path(__file__).parents[3] / "docs" / "inbound.md").read_text()


def test_the_example_of_the_page_works():
    (example,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert read(json.loads(example)).page_size == {"parameter": "limit", "size": 200}


def test_the_page_names_every_member_and_every_paging_style():
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert set(_SCHEMA["properties"]) | set(Style) <= named
