"""`application/x-www-form-urlencoded` bodies: pairs in the order they were sent, and what their names make.

`a.b=1` and `a[b]=1` name a member of an object, `a[0]=1&a[1]=2`, `a[]=1&a[]=2` and `a=1&a=2` a list, as
ASP.NET and jQuery write them.
"""

import re
from typing import IO, Any
from urllib.parse import parse_qsl

from rest_framework.exceptions import ParseError

from integrationhub.wire.problems import BodyTooLarge

LARGEST = 256 * 1024
MOST_FIELDS = 1000
DEEPEST = 32

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


class Pairs(list[tuple[str, str]]):
    """Names and values of a form: no list of JSON is mistaken for it."""


def read(stream: IO[Any]) -> Pairs:
    """Raises ParseError, and BodyTooLarge."""
    body = stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise BodyTooLarge(f"A form has at most {LARGEST} bytes.")
    try:
        text = body.decode("utf-8-sig")
        return Pairs(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except UnicodeDecodeError:
        raise ParseError("The form is not UTF-8.") from None
    except ValueError:
        raise ParseError(f"A form has at most {MOST_FIELDS} fields.") from None


class Branch(dict[str, Any]):
    """What is named within a name: by name, or by numbers a list."""

    def listed(self) -> list[Any]:
        """In the order of their numbers. Raises ValueError where it is named otherwise."""
        if not all(_NUMBER.fullmatch(name) for name in self):
            raise ValueError("It has to be a list")
        return [self[name] for name in sorted(self, key=int)]


def tree(pairs: Pairs) -> Branch:
    """Texts, lists and Branches by name, the outermost names in lower case. Raises ParseError."""
    root = Branch()
    for name, value in pairs:
        steps = [member or within for member, within in _STEP.findall(name)]
        if len(steps) > DEEPEST:
            raise ParseError(f"A name in a form is nested deeper than {DEEPEST} levels.")
        if steps[1:] and not steps[-1]:
            steps.pop()
        if steps and steps[0]:
            _put(root, [steps[0].lower(), *steps[1:]], value)
    return root


def _put(node: Branch, steps: list[str], value: str) -> None:
    *way, last = steps
    for step in way:
        inside = node.setdefault(step, Branch())
        if not isinstance(inside, Branch):
            raise _torn(step)
        node = inside
    held = node.get(last)
    if isinstance(held, Branch):
        raise _torn(last)
    if isinstance(held, list):
        held.append(value)
    else:
        node[last] = value if held is None else [held, value]


def _torn(name: str) -> ParseError:
    return ParseError(f"The form names {name[:100]!a} as a value and as an object.")
