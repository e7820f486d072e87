"""Whether a channel can work as it is set up."""

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from channels.members import BY_NAME, SUPPLIED
from channels.models import ChannelType, IntegrationPoint
from channels.scripts import registry
from channels.scripts.contract import Direction
from integrationhub.wire import ip_masks
from integrationhub.wire.transport import check_header, check_url
from integrationhub.wire.webhooks.signatures import Scheme, check_secret
from integrations.errors import Refused

LARGEST_PARAMETERS = 16_000
_MAILTO = re.compile(r"mailto:[^@\s,?&]{1,64}@[A-Za-z0-9.-]{1,255}")
_SCRIPTS = (
    ("recv_svcscriptcode", Direction.RECEIVING),
    ("recv_svcscriptcode_ws", Direction.RECEIVING),
    ("send_svcscriptcode", Direction.SENDING),
    ("send_svcscriptcode_ws", Direction.SENDING),
)


def check(point: IntegrationPoint) -> None:
    """Raises Refused, naming the member at fault by its name on the wire."""
    check_address(point.url)
    _check_masks(point.ip_mask)
    for column, direction in _SCRIPTS:
        check_script(column, getattr(point, column), direction, kind=point.type)
    _check_parameters("opts.recv_parameters", point.recv_svcscriptcode, point.recv_parameters)
    _check_parameters("opts.send_parameters", point.send_svcscriptcode, point.send_parameters)
    _check_signing(point)


def check_type(kind: ChannelType) -> None:
    """Raises Refused for supplied parameters that no channel could have."""
    if not isinstance(kind.supplied, dict) or not set(kind.supplied) <= SUPPLIED:
        raise Refused(f"A type may supply {', '.join(sorted(SUPPLIED))}.", field="supplied")
    for name, value in kind.supplied.items():
        read = BY_NAME[name].read
        try:
            assert read is not None  # noqa: S101  (all of SUPPLIED can be written)
            read(value)
        except ValueError as error:
            raise Refused(f"{name} {error}", field="supplied") from None
    for column, direction in _SCRIPTS:
        try:
            check_script(column, kind.supplied.get(column, ""), direction, kind=kind.type)
        except Refused as refusal:
            raise Refused(refusal.message, field="supplied") from None
    if kind.supplied.get("url"):
        check_address(kind.supplied["url"], field="supplied")


def check_address(url: str, *, field: str = "url") -> None:
    if not url or _MAILTO.fullmatch(url):
        return
    try:
        check_url(url)
    except ValueError as error:
        raise Refused(str(error), field=field) from None


def check_script(field: str, code: str, direction: Direction, *, kind: str) -> None:
    if not code:
        return
    script = registry.find(code)
    if script is None or script.direction is not direction:
        known = ", ".join(registry.codes(direction))
        raise Refused(f"{code[:64]!a} is no script for {direction.value}; there are {known}.", field=field)
    if script.types and kind not in script.types:
        raise Refused(f"{code} is for channels of the types {', '.join(script.types)}.", field=field)


def _check_parameters(field: str, code: str, parameters: Mapping[str, Any]) -> None:
    if len(json.dumps(parameters)) > LARGEST_PARAMETERS:
        raise Refused(f"{field} has more than {LARGEST_PARAMETERS} characters.", field=field)
    script = registry.find(code)
    if script is None:
        if parameters:
            raise Refused(f"{field} is for a script, and none is named.", field=field)
        return
    if fault := best_match(Draft202012Validator(script.parameters).iter_errors(parameters)):
        place = ".".join([field, *map(str, fault.absolute_path)])
        raise Refused(f"{place}: {fault.message[:300]}", field=place)
    try:
        script.check(parameters)
    except ValueError as error:
        raise Refused(f"{field}: {error}", field=field) from None


def _check_masks(masks: str) -> None:
    try:
        ip_masks.check(masks)
    except ValueError as error:
        raise Refused(str(error), field="opts.ip_mask") from None


def _check_signing(point: IntegrationPoint) -> None:
    if point.signature not in set(Scheme):
        names = ", ".join(scheme for scheme in Scheme if scheme)
        raise Refused(f"A signature is {names}, or empty.", field="opts.signature")
    if point.signature and not point.signing_secret:
        raise Refused("A channel whose hooks are signed needs a secret.", field="opts.signing_secret")
    try:
        if point.signing_secret:
            check_secret(point.signature or Scheme.GITHUB, point.signing_secret)
    except ValueError as error:
        raise Refused(str(error), field="opts.signing_secret") from None
    try:
        if point.signature_header:
            check_header(point.signature_header, "")
    except ValueError as error:
        raise Refused(str(error), field="opts.signature_header") from None
