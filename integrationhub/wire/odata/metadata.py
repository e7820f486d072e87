"""`$metadata`, in the form that is wanted; each form is made once."""

from functools import cache

from django.http import HttpResponse

from . import csdl_json, csdl_xml
from .encoding import dumps
from .exchange import Exchange
from .negotiation import JSON, metadata_type
from .registry import Service


def answer(exchange: Exchange) -> HttpResponse:
    """Raises ODataError 406 where neither form is wanted."""
    wanted = metadata_type(exchange.headers.get("Accept"), exchange.option("format"))
    make = _json if wanted == JSON else _xml
    return HttpResponse(make(exchange.service), content_type=wanted)


@cache
def _xml(service: Service) -> bytes:
    return csdl_xml.document(service)


@cache
def _json(service: Service) -> bytes:
    return dumps(csdl_json.document(service))
