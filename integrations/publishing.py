"""Publishing a definition: checked as a whole, saved with a new version, in effect everywhere at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.facts import has_date_bound
from integrations import entity_models, filters
from integrations.activation import align
from integrations.canonical import Shape
from integrations.cleaning import clean
from integrations.errors import Conflict, Fault, Invalid, NotAllowed, Refused
from integrations.models import Action, ConsentType, Integration, IntegrationVersion, Schedule, System
from integrations.models.bases import SharedQuerySet
from integrations.ownership import check_may_change
from integrations.principals import Principal

# Filled by the apps that execute definitions. The first two raise Refused; the third says whether the ledger
# holds items of a definition.
action_checks: list[Callable[[Action], None]] = []
definition_checks: list[Callable[[Integration], None]] = []
backoff_checks: list[Callable[[object], None]] = []
ledger_checks: list[Callable[[Integration], bool]] = []

PERMISSION = "integrations.publish_integration"

# What a version keeps.
DEFINITION = (
    "owner_id",
    "name",
    "notes",
    "active",
    "managed",
    "entity_id",
    "direction_id",
    "element_id",
    "system_id",
    "action_id",
    "filter",
    "schedule_id",
    "allow_schedule_update",
    "consent_type_id",
    "max_attempts",
    "batch_size",
    "parallel",
    "strict_order",
    "include_update",
    "continuous",
    "backoff",
)

_NO_ACTION = "The integration has no action: it does nothing until it has one."
_FOR_EVER = "A continuous integration runs every matching item for ever: bound its filter by a date."
_UNINDEXABLE = (
    "The database can decide no part of this filter, so every run reads all rows of the entity: "
    "add a plain comparison with && in front."
)


def publish(integration: Integration, *, by: Principal | None, now: datetime) -> IntegrationVersion:
    """Check and save a definition, new or changed, write its version, and bring all activations in line.

    `by` is None for the hub itself. Raises Refused (Invalid where several fields are wrong), NotAllowed, or
    Conflict when the row has changed since the instance was read; nothing is saved then.
    """
    with transaction.atomic():
        published = _lock_published(integration)
        _check(integration, published, by)
        version = _save(integration, published, by, now)
        align(integration.activations.all(), now=now)
    return version


def check(integration: Integration, *, by: Principal | None) -> None:
    """Raises what `publish` would, and saves nothing."""
    with transaction.atomic():
        _check(integration, _lock_published(integration), by)


def check_filter(integration: Integration) -> None:
    """Raises Refused, with the place of the fault, for a text that is no filter over the entity."""
    try:
        filters.compiled(integration)
    except ExpressionError as error:
        end = "" if error.message.endswith("?") else "."
        message = f"At character {error.position + 1}: {error.message}{end}"
        raise Refused(message, field="filter") from None


def warnings(integration: Integration, *, now: datetime) -> list[str]:
    """What is allowed and yet probably not meant."""
    found = [] if integration.action_id else [_NO_ACTION]
    try:
        compiled = filters.compiled(integration)
    except ExpressionError as error:
        return [*found, f"The filter does not fit the entity any more: {error.message}."]
    if integration.continuous and not (compiled.expression and has_date_bound(compiled.expression)):
        found.append(_FOR_EVER)
    split = compiled.split(now)
    if split.residual is not None and split.condition is None:
        found.append(_UNINDEXABLE)
    return found


def check_action(action: Action) -> None:
    """Raises Refused when the action's handler is unknown or cannot work with its configuration."""
    for check in action_checks:
        check(action)


def _lock_published(integration: Integration) -> Integration | None:
    """The row as it stands, locked; None for a new definition. Raises Conflict."""
    if integration.pk is None:
        return None
    published = Integration.objects.select_for_update().filter(pk=integration.pk).first()
    if published is None or published.row_version != integration.row_version:
        raise Conflict("The integration has been changed meanwhile. Read it again.")
    return published


def _check(integration: Integration, published: Integration | None, by: Principal | None) -> None:
    _check_author(integration, published, by)
    _check_flags(integration, published)
    clean(integration)
    _check_fixed(integration, published)
    _check_parts(integration)
    _check_consent(integration)
    check_filter(integration)
    _check_backoff(integration)


def _check_author(integration: Integration, published: Integration | None, by: Principal | None) -> None:
    if published is not None and published.owner_id != integration.owner_id:
        raise Refused("An integration keeps its owner.", field="owner")
    if by is not None:
        check_may_change(integration, by)
        _check_permission(by)


def _check_permission(by: Principal) -> None:
    """Staff need the permission, whichever way they sign in; a client's own people need only be its own."""
    if by.is_staff and by.user is not None and not by.user.has_perm(PERMISSION):
        raise NotAllowed("Publishing needs the permission to publish integrations.")


def _check_flags(integration: Integration, published: Integration | None) -> None:
    """Ticking a flag needs an active outbound integration; deactivating keeps the flags."""
    faults = []
    for flag in ("include_update", "continuous"):
        ticked = getattr(integration, flag) and not (published and getattr(published, flag))
        if ticked and not (integration.active and integration.is_outbound):
            faults.append(Fault(flag, "This can be ticked for an active outbound integration only."))
    if integration.continuous and not integration.include_update:
        faults.append(Fault("continuous", "Continuous needs Include update."))
    if integration.strict_order and integration.parallel:
        faults.append(Fault("strict_order", "Strict order is for integrations that are not parallel."))
    if faults:
        raise Invalid(faults)


def _check_fixed(integration: Integration, published: Integration | None) -> None:
    if published is None:
        return
    for name in ("entity", "direction"):
        changed = getattr(integration, f"{name}_id") != getattr(published, f"{name}_id")
        if changed and any(has_items(published) for has_items in ledger_checks):
            raise Refused(f"The {name} is fixed, since items have been queued.", field=name)


def _check_parts(integration: Integration) -> None:
    """What a definition is built from has to be open to its owner, and has to hold together itself."""
    parts: dict[str, SharedQuerySet[Any]] = {
        "system": System.objects.all(),
        "schedule": Schedule.objects.all(),
        "action": Action.objects.all(),
    }
    chosen = {name: getattr(integration, f"{name}_id") for name in parts}
    faults = [
        Fault(name, f"This {name} is not open to the integration's owner.")
        for name, rows in parts.items()
        if chosen[name] and not rows.usable_by(integration.owner).filter(pk=chosen[name]).exists()
    ]
    if faults:
        raise Invalid(faults)
    with _blamed_on("entity"):
        Shape.of(integration.entity)
        _check_entity(integration)
    if integration.action is not None:
        with _blamed_on("action"):
            check_action(integration.action)
    for check in definition_checks:
        check(integration)


def _check_consent(integration: Integration) -> None:
    """A system that is signed in to by tokens, and the consent that brings them, go together."""
    takes_tokens = integration.system.authentication == System.Authentication.OAUTH2
    brings_tokens = integration.consent_type_id == ConsentType.Id.OAUTH2
    if takes_tokens and not brings_tokens:
        raise Refused(f"{integration.system} needs the consent type OAuth2.", field="consent_type")
    if brings_tokens and not takes_tokens:
        raise Refused(f"{integration.system} is not signed in to by OAuth 2.0.", field="consent_type")


def _check_entity(integration: Integration) -> None:
    if entity_models.find(integration.entity_id) and not integration.is_outbound:
        raise Refused(f"The rows of {integration.entity} are kept elsewhere; nothing can be pulled into it.")


@contextmanager
def _blamed_on(field: str) -> Iterator[None]:
    """A part that is refused is, for the definition, the fault of the field that names it."""
    try:
        yield
    except Refused as error:
        raise Refused(error.message, field=field) from None


def _check_backoff(integration: Integration) -> None:
    if integration.backoff is not None:
        for check in backoff_checks:
            check(integration.backoff)


def _save(
    integration: Integration, published: Integration | None, by: Principal | None, now: datetime
) -> IntegrationVersion:
    author = by.user if by else None
    integration.version = (published.version if published else 0) + 1
    integration.row_version = published.row_version + 1 if published else 1
    integration._history_user = author  # type: ignore[attr-defined]
    try:
        integration.save()
    except IntegrityError:
        raise Conflict("Another integration has taken the name meanwhile.", field="name") from None
    return IntegrationVersion.objects.create(
        integration=integration,
        number=integration.version,
        definition={name: getattr(integration, name) for name in DEFINITION},
        published_on=now,
        published_by=author,
    )
