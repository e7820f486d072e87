"""JSON bodies: read whole, each value decoded by the declared type of its name, all faults told at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrationhub.wire import json_bodies

from . import negotiation
from .decoding import WrongValueError, check_facets, decode
from .edm import CollectionOf, ComplexType, EdmType
from .errors import Detail, ODataError, invalid
from .exchange import Exchange
from .registry import MISSING, Parameter, Property

_MOST_SHOWN = 100

Find = Callable[[str], Property | Parameter | None]


@dataclass
class Body:
    """The members of a body, and what has been found wrong with them so far."""

    members: Mapping[str, Any]
    ieee754: bool = False
    faults: list[Detail] = field(default_factory=list)

    def blame(self, target: str, message: str) -> None:
        self.faults.append(Detail(target, message))

    def raise_faults(self) -> None:
        if self.faults:
            raise invalid(self.faults)

    def value(self, declared: Property | Parameter, given: Any, path: str = "") -> Any:
        """The Python value of one member; None where it is at fault. `path` leads to the member."""
        target = f"{path}{declared.name}"
        if given is None:
            if not declared.nullable:
                self.blame(target, f"{declared.name} must not be null.")
            return None
        try:
            found = self._decoded(declared.type, given, target)
            check(declared, found)
        except WrongValueError as error:
            self.blame(target, f"{declared.name} {error}.")
            return None
        return found

    def _decoded(self, kind: EdmType, given: Any, target: str) -> Any:
        match kind:
            case CollectionOf(element=element):
                return self._items(element, given, target)
            case ComplexType():
                if not isinstance(given, Mapping):
                    raise WrongValueError("must be an object")
                return self.parts(kind.find, given, f"{target}/")
            case _:
                return decode(kind, given, ieee754=self.ieee754)

    def _items(self, element: EdmType, given: Any, target: str) -> list[Any]:
        if not isinstance(given, list):
            raise WrongValueError("must be a list")
        return [self._decoded(element, item, f"{target}/{index}") for index, item in enumerate(given)]

    def parts(self, find: Find, members: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """The values of what `find` knows, by declared name. Annotations are passed over."""
        found: dict[str, Any] = {}
        for name, given in members.items():
            if "@" in name:
                continue
            declared = find(name)
            if declared is None:
                self.blame(f"{path}{shown(name)}", f"There is no property {shown(name)} here.")
            elif declared.name in found:
                self.blame_double(f"{path}{declared.name}", declared.name)
            else:
                found[declared.name] = self.value(declared, given, path)
        return found

    def blame_double(self, target: str, name: str) -> None:
        self.blame(target, f"{name} is given twice, under different names or in different case.")


def read(exchange: Exchange, *, required: bool = True) -> Body:
    """Raises 415 for a body that is not JSON, 400 for one that is no object, or missing where `required`."""
    form = negotiation.body_format(exchange.headers.get("Content-Type"))
    if not exchange.body.strip() and not required:
        return Body({}, form.ieee754)
    if not exchange.body.strip():
        raise ODataError(400, "", "The request needs a body.")
    members = json_bodies.loads(exchange.body, Decimal)
    if members is None and not required:
        members = {}
    if not isinstance(members, dict):
        raise ODataError(400, "", "The body has to be a JSON object.")
    return Body(members, form.ieee754)


def arguments(body: Body, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The parameters of an action, with their defaults. Raises 400."""
    known = {name: each for each in parameters for name in each.folded_names}
    found = body.parts(lambda name: known.get(name.lower()), body.members)
    for each in parameters:
        if each.name in found:
            continue
        if each.default is MISSING and not each.nullable:
            body.blame(each.name, f"{each.name} is required.")
        found[each.name] = None if each.default is MISSING else each.default
    body.raise_faults()
    return found


def shown(name: str) -> str:
    return name[:_MOST_SHOWN].encode("ascii", "backslashreplace").decode()


def check(declared: Property | Parameter, value: Any) -> None:
    """Raises WrongValueError for a value that is shorter or longer than its property takes."""
    if not isinstance(declared, Property):
        return
    if declared.min_length and isinstance(value, str) and len(value) < declared.min_length:
        most = declared.max_length
        raise WrongValueError(
            f"must have between {declared.min_length} and {most} characters" if most else "must not be empty"
        )
    check_facets(value, max_length=declared.max_length, precision=declared.precision, scale=declared.scale)
