"""A row that is posted to a navigation, `Orders(1)/Lines`: it refers to the row it is posted under."""

from typing import Any

from .bodies import Body
from .errors import ODataError, not_found
from .registry import EntitySet, Navigation
from .resources import Resource


def with_parent(body: Body, resource: Resource, entity_set: EntitySet) -> Body:
    """The body, with the reference to the parent in it. Raises 400 when it says another, 404, 501."""
    if resource.via is None or resource.parent is None or resource.parent.rows is None:
        return body
    back = _back(resource.via, entity_set)
    (dependent,) = back.constraint
    key = resource.parent.rows.values_list(resource.via.local, flat=True).first()
    if key is None:
        raise not_found()
    return Body({**_without(body, entity_set, back, key), dependent: key}, body.ieee754)


def _back(navigation: Navigation, entity_set: EntitySet) -> Navigation:
    back = entity_set.type.navigation(navigation.partner) if navigation.partner else None
    if back is None or len(back.constraint) != 1:
        raise ODataError(501, "", f"Adding rows to {navigation.name} is not implemented.", navigation.name)
    return back


def _without(body: Body, entity_set: EntitySet, back: Navigation, key: Any) -> dict[str, Any]:
    """The members but for the reference, once it is seen to say the same as the address."""
    (dependent,) = back.constraint
    rest: dict[str, Any] = {}
    for name, given in body.members.items():
        declared = None if "@" in name else entity_set.type.property(name)
        refers = declared is not None and declared.name == dependent
        if (refers and given != key) or name.startswith(f"{back.name}@"):
            raise ODataError(400, "", f"{name[:100]} is for the address to say.", name[:100])
        if not refers:
            rest[name] = given
    return rest
