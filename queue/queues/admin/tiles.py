"""Figures at the head of a page, each of which leads to the list that it counts."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Tile:
    """`shown` is a figure for people."""

    title: str
    shown: str
    link: str
    is_bad: bool = False
    hint: str = ""


def counted(number: int) -> str:
    return f"{number:,}"


def items_address(**chosen: object) -> str:
    """The list of queue items, narrowed by parameters of its own."""
    return f"{reverse('admin:queue_integrationqueue_changelist')}?{urlencode(chosen)}"
