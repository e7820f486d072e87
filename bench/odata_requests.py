"""What `hub_bench odata` asks for: one page two ways, a day's mix of requests, and nonsense."""

from collections.abc import Iterator, Mapping
from random import Random
from urllib.parse import quote, urlencode

from bench.world import ENTITY

PAGE = 100
# What is shown of an item: by its name in OData, and by its column.
COLUMNS = {
    "Id": "id",
    "IntegrationId": "integration",
    "ItemName": "item_name",
    "ItemId": "item_id",
    "ItemUpdatedOn": "item_updated_on",
    "Attempt": "attempt",
    "Message": "message",
    "IntegrationQueueStateId": "state",
    "ClientIntegrationId": "client_integration",
}
_ROOT = "/OData/"
_QUEUE = f"{_ROOT}IntegrationQueues"
_RECORDS = f"{_ROOT}Records"

Listed = tuple[str, dict[str, str]]


def orders(rows: int) -> dict[str, tuple[Listed, int]]:
    """Lists to be read page by page, and how long each is. Each has an index to serve it."""
    ids = {"$select": "Id"}
    of_entity = {"$filter": f"EntityId eq '{ENTITY}'", "$select": "RecordId"}
    return {
        "items by Id": ((_QUEUE, {**ids, "$orderby": "Id"}), rows),
        "items by Id desc": ((_QUEUE, {**ids, "$orderby": "Id desc"}), rows),
        "records by StoredOn": ((_RECORDS, {**of_entity, "$orderby": "StoredOn"}), rows // 10),
        "records by StoredOn desc": ((_RECORDS, {**of_entity, "$orderby": "StoredOn desc"}), rows // 10),
    }


def address(path: str, options: Mapping[str, str], *, skip: int = 0) -> str:
    given = {**options, "$skip": str(skip)} if skip else options
    return f"{path}?{urlencode(given, quote_via=quote)}"


def page() -> str:
    return address(
        _QUEUE,
        {
            "$filter": "IntegrationQueueStateId eq 'Succeeded' and Cycle lt 5",
            "$orderby": "Id",
            "$select": ",".join(COLUMNS),
        },
    )


def plain_page() -> str:
    """The same page of the plain view."""
    return address("/plain/", {"state": "Succeeded", "cycle__lt": "5", "ordering": "id"})


def large_page() -> str:
    return address(_QUEUE, {"$top": "10000"})


def mix(rows: int, random: Random) -> Iterator[str]:
    """What clients ask for, without end: lists, rows, counts, what lies behind them, and documents."""
    while True:
        number = random.randint(1, rows)
        item = f"{_QUEUE}({number})"
        yield from [
            page(),
            item,
            f"{item}/ItemName/$value",
            f"{item}/ClientIntegration/Integration",
            address(item, {"$expand": "Integration($select=Name),ActionLogs"}),
            address(_QUEUE, {"$filter": f"ItemId eq 'copy-{number}'"}),
            address(_QUEUE, {"$filter": f"Id gt {number}", "$top": "50", "$orderby": "Id desc"}),
            address(_QUEUE, {"$filter": "IntegrationQueueStateId eq 'DeadLetter'", "$count": "true"}),
            address(_QUEUE, {"$top": "20", "$expand": "IntegrationQueueState,ClientIntegration"}),
            address(f"{_ROOT}Integrations", {"$filter": "startswith(Name,'B') and not (BatchSize gt 500)"}),
            address(f"{_ROOT}ClientIntegrations", {"$expand": "IntegrationQueues($top=5;$orderby=Id desc)"}),
            f"{_ROOT}IntegrationQueueStates",
            f"{_ROOT}$metadata",
            _ROOT,
        ]


_WORDS = (
    *("Id", "ItemName", "ItemUpdatedOn", "IntegrationQueueStateId", "ClientIntegration/Enabled", "$it"),
    *(
        "Nix",
        "eq",
        "ne",
        "gt",
        "and",
        "or",
        "not",
        "in",
        "add",
        "mod",
        "has",
        "desc",
        "(",
        ")",
        ",",
        "/",
        "'",
        ";",
    ),
    *("1", "-1", "1e400", "9" * 30, "'copy-1'", "null", "true", "2024-02-30", "2024-01-01T00:00:00Z"),
    *("ActionLogs/any(", "l:", "l/Cycle", "contains(", "now()", "cast(", "@p", "duration'P1D'", "\0", "é"),
)
_OPTIONS = ("$filter", "$orderby", "$select", "$expand", "$search", "$top", "$skip", "$skiptoken", "$nix")
_PATHS = ("IntegrationQueues", "Integrations(1)", "Records", "Nix", "IntegrationQueues(", "ActionLogs/$count")


def nonsense(random: Random) -> Iterator[str]:
    """Without end: words in any order where an expression is expected."""
    while True:
        names = random.sample(_OPTIONS, random.randint(1, 2))
        options = {name: " ".join(random.choices(_WORDS, k=random.randint(1, 8))) for name in names}
        yield address(_ROOT + quote(random.choice(_PATHS)), options)


def long_filter() -> str:
    """As many characters as a filter may have, and nearly as many nodes."""
    clause = "ItemName eq 'copy-{0:0110}' or (Attempt gt {0} and IntegrationQueueStateId ne 'Failed')"
    text = " or ".join(clause.format(number) for number in range(8)) + " or ItemId eq '"
    return f"{text}{'x' * (2047 - len(text))}'"
