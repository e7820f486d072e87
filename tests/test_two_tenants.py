"""One client looks for what is another's: on every route, with every method.

The routes come from the URL resolver. Each needs a row in ROUTES that says what its owner may do there; a
route without one fails the suite, so that nobody adds a route without saying whose rows it shows.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.test import Client as HttpClient
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from integrations.models import (
    Action,
    AuditEntry,
    Client,
    ClientIntegration,
    Consent,
    Credential,
    Entity,
    Integration,
    IntegrationRun,
    IntegrationVersion,
    Membership,
    OAuthApplication,
    Record,
    Schedule,
    System,
)
from queues.models import ActionLog, BulkJob, IntegrationQueue
from queues.states import State
from tests.api import _nobody_has_failed_to_sign_in, fields, make_program
from tests.tenants import MARK, Estate, make_estate

pytestmark = pytest.mark.broad

METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "POST", "DELETE")
MISSING = {Client: "nobody", Entity: "Nothing"}

__all__ = ["_nobody_has_failed_to_sign_in"]


@dataclass(frozen=True)
class Route:
    """What the owner of the row in the URL is answered, by method; 405 to every method that is not listed.

    `model` is what the URL names a row of (None: no row), `shows` what the answer tells of; `bodies` are what
    is sent; `writable` is every member a body may have, by method; `query` is for reading; `key` stands in
    the URL where that names no row; `state` is that of the queue item.
    """

    answers: Mapping[str, int]
    model: type[Any] | None = None
    bodies: Mapping[str, Any] = field(default_factory=dict)
    writable: Mapping[str, set[str]] = field(default_factory=dict)
    shows: type[Any] | None = None
    query: str = ""
    key: str | None = None
    state: State = State.PENDING


READ = {"GET": 200, "HEAD": 200}


def listing(model: type[Any], query: str = "", **answers: int) -> Route:
    return Route({**READ, **answers}, shows=model, query=query)


def reading(model: type[Any]) -> Route:
    return Route(READ, model=model, shows=model)


def owned(model: type[Any], writable: set[str], body: Mapping[str, Any]) -> dict[str, Route]:
    """The routes of rows that their owner writes."""
    of_list = Route({**READ, "POST": 201}, shows=model, bodies={"POST": body}, writable={"POST": writable})
    of_row = Route(
        {**READ, "PATCH": 200, "DELETE": 204},
        model=model,
        shows=model,
        bodies={"PATCH": {"name": "changed"}},
        writable={"PATCH": writable},
    )
    return {"": of_list, "<pk>/": of_row}


def verb(model: type[Any], writable: set[str] = frozenset(), state: State = State.PENDING) -> Route:  # type: ignore[assignment]
    return Route({"POST": 200}, model=model, shows=model, writable={"POST": writable}, state=state)


INTEGRATION = {
    "name", "notes", "active", "entity", "direction", "element_id", "system", "action", "filter", "schedule",
    "allow_schedule_update", "consent_type", "max_attempts", "batch_size", "parallel", "strict_order",
    "include_update", "continuous", "backoff",
}  # fmt: skip
SYSTEM = {
    "name",
    "base_url",
    "authentication",
    "username",
    "header",
    "max_in_flight",
    "shareable",
    "secret",
}
ACTION = {"name", "handler", "configuration", "shareable"}
SCHEDULE = {"name", "cron", "shareable"}

APPLICATION = {
    "grant",
    "authorization_url",
    "token_url",
    "revocation_url",
    "app_id",
    "secret",
    "secret_in",
    "scopes",
    "extra",
}

ROUTES: dict[str, Route] = {
    "hub/v1/": Route(READ),
    "hub/v1/records/": Route(
        {**READ, "POST": 200},
        shows=Record,
        query="?entity=Payment",
        bodies={"POST": {"entity": "Payment", "rows": []}},
        writable={"POST": {"entity", "rows"}},
    ),
    "hub/v1/records/<pk>/": Route({**READ, "DELETE": 204}, model=Record, shows=Record),
    "hub/v1/client-integrations/": Route(
        {**READ, "POST": 201}, shows=ClientIntegration, writable={"POST": {"integration"}}
    ),
    "hub/v1/client-integrations/<pk>/": Route(
        {**READ, "PATCH": 200},
        model=ClientIntegration,
        shows=ClientIntegration,
        bodies={"PATCH": {"schedule": None}},
        writable={"PATCH": {"schedule"}},
    ),
    "hub/v1/client-integrations/<pk>/enable/": verb(ClientIntegration, {"consent"}),
    "hub/v1/client-integrations/<pk>/disable/": verb(ClientIntegration),
    "hub/v1/client-integrations/<pk>/pause/": verb(ClientIntegration),
    "hub/v1/client-integrations/<pk>/resume/": verb(ClientIntegration),
    "hub/v1/client-integrations/<pk>/next-runs/": Route(READ, model=ClientIntegration),
    "hub/v1/client-integrations/<pk>/sign-in/": Route(
        {"POST": 200},
        model=ClientIntegration,
        shows=ClientIntegration,
        bodies={"POST": {"secret": "s"}},
        writable={"POST": {"username", "secret"}},
    ),
    "hub/v1/client-integrations/<pk>/connect/": Route(
        {"POST": 409}, model=ClientIntegration, shows=ClientIntegration, writable={"POST": {"return_to"}}
    ),
    "hub/v1/client-integrations/<pk>/reset-watermark/": verb(ClientIntegration),
    "hub/v1/client-integrations/<pk>/backfill/": Route(
        {"POST": 200}, model=ClientIntegration, bodies={"POST": {"since": "2026-01-01T00:00:00Z"}}
    ),
    "hub/v1/consents/": Route(READ),
    "hub/v1/consents/<pk>/": Route(READ, model=Consent),
    "hub/v1/consents/<pk>/renew/": Route(
        {"POST": 200},
        model=Consent,
        shows=Consent,
        bodies={"POST": {"expires_on": None}},
        writable={"POST": {"expires_on"}},
    ),
    "hub/v1/consents/<pk>/withdraw/": verb(Consent),
    "hub/v1/oauth-applications/": Route(
        {**READ, "POST": 400}, shows=OAuthApplication, writable={"POST": {*APPLICATION, "system"}}
    ),
    "hub/v1/oauth-applications/<pk>/": Route(
        {**READ, "PATCH": 200, "DELETE": 204},
        model=OAuthApplication,
        shows=OAuthApplication,
        bodies={"PATCH": {"scopes": "changed"}},
        writable={"PATCH": APPLICATION},
    ),
    "hub/v1/credentials/": Route(
        {**READ, "POST": 201},
        shows=Credential,
        bodies={"POST": {"scheme": "basic", "scopes": ["read"]}},
        writable={"POST": {"scheme", "scopes", "note", "expires_on"}},
    ),
    "hub/v1/credentials/<pk>/": reading(Credential),
    "hub/v1/credentials/<pk>/rotate/": Route(
        {"POST": 201}, model=Credential, shows=Credential, writable={"POST": {"overlap"}}
    ),
    "hub/v1/credentials/<pk>/revoke/": verb(Credential),
    "hub/v1/audit/": listing(AuditEntry),
    "hub/v1/audit/<pk>/": reading(AuditEntry),
    "hub/v1/integrations/<pk>/dry-run/": Route(
        {"POST": 200},
        model=Integration,
        shows=Integration,
        writable={"POST": {"client", "filter", "item_id"}},
    ),
    "hub/v1/integrations/<pk>/effect/": Route(
        {"POST": 200}, model=Integration, shows=Integration, writable={"POST": INTEGRATION}
    ),
    "hub/v1/integrations/<integration>/versions/": Route(READ, model=IntegrationVersion),
    "hub/v1/integrations/<integration>/versions/<number>/": reading(IntegrationVersion),
    "hub/v1/integrations/<integration>/versions/<number>/diff/": Route(READ, model=IntegrationVersion),
    "hub/v1/integrations/<integration>/versions/<number>/effect/": Route(READ, model=IntegrationVersion),
    "hub/v1/integrations/<integration>/versions/<number>/revert/": Route(
        {"POST": 200}, model=IntegrationVersion, shows=Integration, writable={"POST": set()}
    ),
    "hub/v1/runs/": listing(IntegrationRun),
    "hub/v1/runs/<pk>/": reading(IntegrationRun),
    "hub/v1/freshness/": listing(ClientIntegration),
    "hub/v1/clients/": listing(Client),
    "hub/v1/clients/<code>/": reading(Client),
    "hub/v1/entities/": Route(READ),
    "hub/v1/entities/<pk>/": Route(READ, model=Entity),
    "hub/v1/queue/": listing(IntegrationQueue),
    "hub/v1/queue/<pk>/": reading(IntegrationQueue),
    "hub/v1/queue/<pk>/retry/": verb(IntegrationQueue, state=State.DEAD_LETTER),
    "hub/v1/queue/<pk>/cancel/": verb(IntegrationQueue),
    "hub/v1/queue/<pk>/hold/": verb(IntegrationQueue),
    "hub/v1/queue/<pk>/release/": verb(IntegrationQueue, state=State.ON_HOLD),
    "hub/v1/queue/bulk/": Route(
        {"POST": 202},
        bodies={"POST": {"act": "retry", "filter": {}}},
    ),
    "hub/v1/queue/bulk/preview/": Route({"POST": 200}, bodies={"POST": {"act": "retry", "filter": {}}}),
    "hub/v1/bulk-jobs/": listing(BulkJob),
    "hub/v1/bulk-jobs/<pk>/": reading(BulkJob),
    "hub/v1/bulk-jobs/<pk>/stop/": verb(BulkJob),
    "hub/v1/action-logs/": listing(ActionLog),
    "hub/v1/action-logs/<pk>/": reading(ActionLog),
    # Whose rows these two dialects show, tests/acceptance says, operation by operation.
    "api/integration/IntegrationStatus/": Route({"GET": 400, "HEAD": 400}),
    "api/v1/Agents/ErpSync/<operation>/": Route({**READ, "POST": 200}, key="GetEngineStatus"),
}
for _operation in ("IntegrationStart", "IntegrationProgress", "IntegrationEnd", "IntegrationFail"):
    ROUTES[f"api/integration/IntegrationStatus/{_operation}/"] = Route({"POST": 400})
for _name, _model, _writable, _body in (
    ("systems", System, SYSTEM, {"name": "New", "base_url": "https://erp.example.com"}),
    ("actions", Action, ACTION, {"name": "New", "handler": "http.send", "configuration": {"path": "/a"}}),
    ("schedules", Schedule, SCHEDULE, {"name": "New", "cron": "0 * * * *"}),
    ("integrations", Integration, INTEGRATION, {"name": "New"}),
):
    ROUTES |= {f"hub/v1/{_name}/{end}": route for end, route in owned(_model, _writable, _body).items()}

ROUTES |= {
    "rest/v1/service/integration_points/": Route({**READ, "POST": 400}),
    "rest/v1/service/integration_points/lookup": Route({"POST": 400}),
}

# These say nothing of any client; what they do say has tests of its own.
PUBLIC = {
    "",
    "docs/",
    "docs/odata/",
    "docs/odata.json",
    "hub/v1/schema/",
    "healthz",
    "readyz",
    "metrics",
    "oauth/callback",
    "api/",
    "api/v1/",
}
# There is nothing there, for nobody.
PUBLIC |= {r"api/integration(?:/[\s\S]*)?", r"api/[\s\S]*"}
# Who calls is proven by the token, which is the channel's own; tests/channels has their tenancy.
PUBLIC |= {"exec/", "hooks/<token>/"}
# Their errors have a shape of their own; tests/channels/test_points.py looks at them with two tenants.
PUBLIC |= {
    "rest/v1/service/integration_points/<point_id>/",
    "rest/v1/service/integration_tokens/<str:token>",
    r"rest/v1/[\s\S]*",
}
# Whose rows these show is tried set by set, hop by hop, in tests/acceptance/test_financekey_tenancy.py.
ELSEWHERE = {r"OData(?:/v[0-9]+)?(?:/<path>)?"}
# Whatever has no other route: a 404 for whoever has signed in.
NOWHERE = r"hub/v1/[\s\S]*"
BACK_OFFICE = "admin/"
OPEN_BACK_OFFICE = {"admin/login/", "admin/jsi18n/"}


def walk(patterns: Any, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        else:
            yield plain(re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route))


def plain(route: str) -> str:
    """A route that is found in any case, with or without its last slash, as it is documented."""
    return re.sub(r"\[(\w)\w\]", r"\1", route).replace("/?", "/")


def _related(model: Any, name: str) -> Any:
    try:
        return model._meta.get_field(name).related_model
    except FieldDoesNotExist:
        return None


ALL = list(walk(get_resolver().url_patterns))
API = sorted(set(ALL) & set(ROUTES))
WITH_A_ROW = [route for route in API if ROUTES[route].model]


@pytest.fixture
def estates(acme, borealis, payment, now) -> tuple[Estate, Estate]:
    """Acme's, all of it marked, and Borealis's."""
    return make_estate(acme, payment, now, mark=MARK), make_estate(borealis, payment, now, mark="boreal")


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing behind."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def _put_into_state(estate: Estate, state: State) -> None:
    due_at = timezone.now() if state == State.PENDING else None
    IntegrationQueue.objects.filter(client=estate.client).update(state=state, due_at=due_at)


def address(route: str, key: Any = None) -> str:
    return "/" + re.sub(r"<\w+>", str(ROUTES[route].key or key), route)


def ask(program: HttpClient, method: str, route: str, key: Any = None, body: Any = None) -> Any:
    path = address(route, key)
    if method in ("GET", "HEAD"):
        return program.generic(method, path + ROUTES[route].query)
    if method in ("POST", "PATCH"):
        sent = ROUTES[route].bodies.get(method, {}) if body is None else body
        return getattr(program, method.lower())(path, sent, content_type="application/json")
    return program.generic(method, path)


def told(response: Any) -> tuple[int, bytes, dict[str, str]]:
    """Everything that a caller can tell two answers apart by, but the time."""
    return response.status_code, response.content, {**response.headers, "Date": ""}


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of the hub, but for when a credential was last used."""
    found: dict[str, list[dict[str, Any]]] = {}
    for label in ("integrations", "queue"):
        for model in apps.get_app_config(label).get_models():
            rows: Any = model._default_manager.order_by("pk")
            found[model.__name__] = list(rows.values())
    for credential in found["Credential"]:
        del credential["last_used_on"]
    return found


def test_every_route_says_whose_rows_it_shows():
    unknown = (
        {route for route in ALL if not route.startswith(BACK_OFFICE)}
        - set(ROUTES)
        - PUBLIC
        - ELSEWHERE
        - {NOWHERE}
    )
    assert unknown == set(), "Give each of them a row in ROUTES"
    assert set(ROUTES) <= set(ALL), "A row in ROUTES names no route"


def test_who_has_not_signed_in_hears_so(subtests, db):
    stranger = HttpClient()
    for route in API:
        with subtests.test(route=route):
            for method in ROUTES[route].answers:
                response = ask(stranger, method, route, 1)
                assert response.status_code == 401, method
                assert response["WWW-Authenticate"].startswith("Basic ")


def test_a_foreign_row_is_a_missing_one(subtests, estates):
    theirs, ours = estates
    program = make_program(ours.client)
    before = everything()
    for route in WITH_A_ROW:
        model = ROUTES[route].model
        with subtests.test(route=route):
            for method in ROUTES[route].answers:
                missing = told(ask(program, method, route, MISSING.get(model, 987_654_321)))
                assert missing[0] == 404, method
                if model is not Entity:
                    assert told(ask(program, method, route, theirs.key(model))) == missing, method
    assert everything() == before


def test_the_owner_is_answered(subtests, estates):
    """Else the tests beside this one would prove nothing."""
    ours, _ = estates
    program = make_program(ours.client)
    for route in API:
        with subtests.test(route=route):
            for method in METHODS:
                with undone():
                    _check_the_owner_is_answered(program, ours, method, route)


def _check_the_owner_is_answered(program: HttpClient, ours: Estate, method: str, route: str) -> None:
    expected = ROUTES[route]
    _put_into_state(ours, expected.state)
    body = expected.bodies.get(method, {})
    if method == "POST" and expected.shows in (Integration, ClientIntegration) and not expected.model:
        body = _with_rows_of(ours, expected.shows, body)
    response = ask(program, method, route, expected.model and ours.key(expected.model), body)
    assert response.status_code == expected.answers.get(method, 405), (method, response.content)
    if method == "GET" and response.status_code == 200 and expected.shows:
        assert (MARK if expected.shows is not Client else "acme") in response.content.decode()


def test_a_list_is_the_same_whether_the_other_exists_or_not(subtests, estates):
    theirs, ours = estates
    program = make_program(ours.client)
    lists = [route for route in API if ROUTES[route].shows and not ROUTES[route].model]
    with_them = {route: ask(program, "GET", route) for route in lists}
    theirs.client.integrations.all().delete()
    theirs.client.delete()
    for route in lists:
        with subtests.test(route=route):
            assert MARK not in with_them[route].content.decode()
            assert told(ask(program, "GET", route)) == told(with_them[route])


def test_another_client_s_prefix_is_an_unknown_one(subtests, estates):
    theirs, ours = estates
    program = make_program(ours.client)
    for route in API:
        key = ROUTES[route].model and ours.key(ROUTES[route].model)
        with subtests.test(route=route):
            for method in ("GET", "POST"):
                foreign, unknown = (
                    told(program.generic(method, f"/{code}{address(route, key)}"))
                    for code in (theirs.client.code, "nobody")
                )
                assert foreign == unknown
                assert foreign[0] == 404


WRITING = [(route, method) for route in API for method in ROUTES[route].writable]

NAMING = [
    (route, method, name)
    for route, method in WRITING
    for name in sorted(ROUTES[route].writable[method])
    if _related(ROUTES[route].shows, name) in (System, Action, Schedule, Integration)
]


def test_nothing_is_written_that_is_not_the_caller_s_to_say(subtests, estates):
    ours, _ = estates
    program = make_program(ours.client)
    before = everything()
    for route, method in WRITING:
        with subtests.test(route=route, method=method), undone():
            forbidden = _forbidden(ROUTES[route], method)
            key = ROUTES[route].model and ours.key(ROUTES[route].model)
            response = ask(program, method, route, key, dict.fromkeys(forbidden, 1))
            assert response.status_code == 400
            if len(forbidden) <= 100:
                assert forbidden <= set(fields(response))
            assert everything() == before


def _forbidden(declared: Route, method: str) -> set[str]:
    """Every column that is not writable there; whose row it is, is always among them."""
    assert declared.shows is not None
    forbidden = set(_spellings(declared.shows)) - declared.writable[method]
    owner = next(name for name in ("client_id", "owner_id", "system_id") if hasattr(declared.shows, name))
    assert {"row_version", "id", owner} <= forbidden
    return forbidden


def test_a_row_of_another_named_in_a_body_is_a_missing_one(subtests, estates):
    theirs, ours = estates
    program = make_program(ours.client)
    before = everything()
    for route, method, name in NAMING:
        with subtests.test(route=route, method=method, name=name), undone():
            key = ROUTES[route].model and ours.key(ROUTES[route].model)
            foreign_key = theirs.key(_related(ROUTES[route].shows, name))
            foreign = ask(program, method, route, key, {name: foreign_key})
            missing = ask(program, method, route, key, {name: 987_654_321})
            assert foreign.status_code == missing.status_code == 400
            assert fields(foreign)[name].replace(f"{foreign_key}", "987654321") == fields(missing)[name]
            assert set(fields(foreign)) == set(fields(missing))
            assert everything() == before


def test_the_rest_of_the_surface_is_nowhere(acme):
    paths = ("/hub/v1/nowhere/", "/hub/v1/queue/x/", "/hub/v1/admin/")
    program = make_program(acme)
    for method in ("GET", "POST", "PATCH", "DELETE"):
        answers = {told(program.generic(method, path, content_type="application/json"))[:2] for path in paths}
        assert [status for status, _ in answers] == [404]
        assert HttpClient().generic(method, paths[0]).status_code == 401


def test_the_back_office_is_closed_to_members_and_to_credentials(acme):
    member = User.objects.create_user("member")
    Membership.objects.create(client=acme, user=member)
    signed_in = HttpClient()
    signed_in.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    programs = (signed_in, make_program(None))
    routes = {route for route in ALL if route.startswith(BACK_OFFICE)} - OPEN_BACK_OFFICE
    assert len(routes) > 50
    for path in {"/" + re.sub(r"<[^>]*>|\(.*\)", "1", route) for route in routes}:
        for program in programs:
            assert program.get(path).status_code in (302, 404, 405), path


def _with_rows_of(estate: Estate, model: type[Any], body: Mapping[str, Any]) -> dict[str, Any]:
    if model is ClientIntegration:
        return {"integration": estate.key(Integration)}
    parts = {"system": System, "action": Action, "schedule": Schedule, "entity": Entity}
    return {**body, "direction": "Outbound", **{name: estate.key(part) for name, part in parts.items()}}


def _spellings(model: Any) -> Iterator[str]:
    """Every column and relation by the names that somebody might try."""
    for column in model._meta.concrete_fields:
        for name in {column.name, column.attname}:
            words = name.split("_")
            yield name
            yield "".join(word.capitalize() for word in words)
            yield words[0] + "".join(word.capitalize() for word in words[1:])
