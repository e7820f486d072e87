"""What the caller may really do with a row, in NetServer's words."""

from integrationhub.wire.netserver.carriers import Rights
from integrations.principals import Principal, Scope

_ALL = ("Select", "Update", "Insert", "Delete")


def of_engine(principal: Principal) -> Rights:
    """Whoever may use the agent switches the engine of its own scope. It is neither made nor deleted."""
    may_switch = principal.may(Scope.ERPSYNC) and (principal.client is not None or principal.spans_clients)
    return Rights(("Select", "Update") if may_switch else ("Select",))


def of_answer() -> Rights:
    """Of what the hub only tells."""
    return Rights(("Select",), "This is told, not kept.")


def of_own(principal: Principal, owner_id: int | None) -> Rights:
    """A row that belongs to a client or, without an owner, to the hub."""
    if not principal.may(Scope.WRITE):
        return Rights(("Select",), f"The credential lacks the scope {Scope.WRITE}.")
    is_mine = principal.client is not None and principal.client.pk == owner_id
    if principal.spans_clients or is_mine or (owner_id is None and principal.is_staff):
        return Rights(_ALL)
    return Rights(("Select",), "It belongs to the hub.")
