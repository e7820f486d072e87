"""XML from outside: no DTD, no entities, no depths, so that nothing in it can surprise what comes after."""

from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from rest_framework import exceptions

from integrationhub.wire.problems import BodyTooLarge

LARGEST = 256 * 1024
DEEPEST = 32


class _TooDeepError(Exception):
    pass


class _ShallowBuilder(TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[Any, Any], /) -> Element:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _TooDeepError
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def read(stream: IO[Any]) -> Element:
    """The root element. Raises DRF's ParseError, and BodyTooLarge."""
    body = stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise BodyTooLarge(f"An XML body has at most {LARGEST} bytes.")
    parser = DefusedXMLParser(target=_ShallowBuilder(), forbid_dtd=True)
    try:
        parser.feed(body)
        root: Element = parser.close()
    except DefusedXmlException:
        raise exceptions.ParseError("The XML holds a DTD or an entity; neither is accepted.") from None
    except _TooDeepError:
        raise exceptions.ParseError(f"The XML is nested deeper than {DEEPEST} levels.") from None
    except ParseError as error:
        line, column = error.position
        raise exceptions.ParseError(
            f"The body is not well-formed XML at line {line}, column {column + 1}."
        ) from None
    except (ValueError, LookupError):
        raise exceptions.ParseError("The XML is in an encoding that cannot be read.") from None
    return root


def split(tag: str) -> tuple[str, str]:
    """(namespace, local name) of a tag as ElementTree writes it."""
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name
