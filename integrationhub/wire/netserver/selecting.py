"""`$select`: which properties are wanted. The others are sent as null."""

MOST_NAMES = 1000


class Selection(dict[str, "Selection"]):
    """What is wanted of an object, by name in lower case; nothing within a name is all of it."""


def read(text: str) -> Selection | None:
    """`Name,category/id` as {"name": {}, "category": {"id": {}}}; None: all of them."""
    selection = Selection()
    for path in text.split(",")[:MOST_NAMES]:
        inside = selection
        for name in filter(None, (part.strip().lower() for part in path.split("/")[:8])):
            inside = inside.setdefault(name, Selection())
    return selection or None
