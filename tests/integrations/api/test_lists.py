"""What all lists have in common: pages, parameters, and a cost that does not grow with the rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations import credentials, records
from integrations.models import ClientIntegration, Integration, IntegrationRun
from tests.api import fields
from tests.cast import (
    draft_integration,
    make_action,
    make_activation,
    make_entity,
    make_integration,
    make_schedule,
    make_system,
    payment_row,
    store_payments,
)

PATH = "/hub/v1/schedules/"


@pytest.fixture
def schedules(acme):
    """Seven of Acme's own; the hub's first one is there anyhow."""
    return [make_schedule(acme, name=f"Schedule {number}") for number in range(7)]


def walk(api, path):
    """Every page from this path on."""
    while path:
        page = api.get(path).json()
        yield page
        path = page["next"]


def test_pages_follow_each_other_by_next(acme_api, schedules):
    pages = list(walk(acme_api, f"{PATH}?owner=acme&limit=3"))
    assert [len(page["results"]) for page in pages] == [3, 3, 1]
    assert {page["count"] for page in pages} == {7}
    assert [row["id"] for page in pages for row in page["results"]] == [each.pk for each in schedules]
    assert pages[0]["next"].startswith("http://testserver/hub/v1/schedules/?")


def test_pages_of_named_rows_follow_each_other_too(acme_api):
    for name in ("B_2", "a1", "A1"):
        make_entity(name, {"Id": "Guid", "Number": "String", "UpdatedOn": "DateTime"})
    pages = list(walk(acme_api, "/hub/v1/entities/?limit=1"))
    assert sorted(page["results"][0]["id"] for page in pages) == ["A1", "B_2", "a1"]


def test_a_page_that_is_just_full_is_the_last(acme_api, schedules):
    assert acme_api.get(f"{PATH}?owner=acme&limit=7").json()["next"] is None


def test_pages_stay_steady_while_rows_go(acme_api, schedules):
    first = acme_api.get(f"{PATH}?owner=acme&limit=3").json()
    schedules[0].delete()
    second = acme_api.get(first["next"]).json()
    assert [row["name"] for row in second["results"]] == ["Schedule 3", "Schedule 4", "Schedule 5"]


def test_a_page_has_a_hundred_rows_unless_asked_otherwise(acme_api, acme, payment, now):
    store_payments(acme, payment, 101, now=now)
    assert len(acme_api.get("/hub/v1/records/?entity=Payment").json()["results"]) == 100


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=1001", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=1e2", "limit"),
        ("limit=ten", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=", "limit"),
        ("cursor=", "cursor"),
        ("cursor=x", "cursor"),
        ("cursor=-1", "cursor"),
        ("cursor=1;2", "cursor"),
        ("cursor=%00", "cursor"),
        ("limit=1&limit=2", "limit"),
        ("offset=10", "offset"),
        ("nmae=x", "nmae"),
        ("owner__code=acme", "owner__code"),
        ("system__secret__startswith=a", "system__secret__startswith"),
        ("_connector=OR", "_connector"),
        ("name=%00", "name"),
        ("%00=1", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused_by_name(acme_api, query, field):
    response = acme_api.get(f"{PATH}?{query}")
    assert response.status_code == 400
    assert list(fields(response)) == [field]


def test_a_cursor_beyond_all_rows_finds_none(acme_api, schedules):
    assert acme_api.get(f"{PATH}?cursor={'9' * 30}").json()["results"] == []


def test_thousands_of_parameters_are_a_bad_request(acme_api):
    response = acme_api.get(PATH + "?" + "&".join(f"p{number}=1" for number in range(2000)))
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("client-integrations", "enabled=yes", "enabled"),
        ("client-integrations", "integration=x", "integration"),
        ("client-integrations", "integration=99999999999999999999", "integration"),
        ("client-integrations", "integration=-1", "integration"),
        ("client-integrations", "integration=1.5", "integration"),
        ("runs", "status=Done", "status"),
        ("runs", "started_from=yesterday", "started_from"),
        ("runs", "started_from=2026-01-01T00:00:00", "started_from"),
        ("runs", "started_from=9999-12-31T23:59:59-14:00", "started_from"),
        ("runs", "started_from=0001-01-01T00:00:00%2B14:00", "started_from"),
        ("runs", "started_from=2026-01-01T00:00:00+02:00", "started_from"),
        ("integrations", "direction=Sideways", "direction"),
    ],
)
def test_a_value_that_its_parameter_does_not_have_is_refused(acme_api, path, query, field):
    response = acme_api.get(f"/hub/v1/{path}/?{query}")
    assert response.status_code == 400
    assert list(fields(response)) == [field]


def test_one_row_takes_no_parameters(acme_api, acme):
    schedule = make_schedule(acme)
    assert acme_api.get(f"{PATH}{schedule.pk}/").status_code == 200
    assert list(fields(acme_api.get(f"{PATH}{schedule.pk}/?name=x"))) == ["name"]


def test_a_parameter_beside_a_filter_that_finds_nothing_is_still_no_answer(acme_api, borealis):
    theirs = make_schedule(borealis, name="Theirs")
    assert acme_api.get(f"{PATH}?owner=borealis").json() == acme_api.get(f"{PATH}?owner=nobody").json()
    assert theirs.name not in acme_api.get(PATH).content.decode()


def cost(api, path):
    with CaptureQueriesContext(connection) as queries:
        response = api.get(path)
    assert response.status_code == 200
    return len(response.json()["results"]), len(queries)


def more_records(acme, payment, now, numbers):
    rows = [payment_row(number, updated_on=now) for number in numbers]
    records.store(acme, payment, rows, now=now)


def more_activations(acme, payment, now, numbers):
    drafts = [draft_integration(payment, name=f"Export {number}") for number in numbers]
    made = Integration.objects.bulk_create(drafts)
    ClientIntegration.objects.bulk_create(ClientIntegration(client=acme, integration=each) for each in made)


def more_runs(acme, payment, now, numbers):
    integration = make_integration(payment, name=f"Export {numbers}", now=now)
    row = make_activation(acme, integration, now=now)
    for _ in numbers:
        IntegrationRun.objects.create(
            client=acme, client_integration=row, version=1, started_on=now, touched_on=now
        )


def more_entities(acme, payment, now, numbers):
    for number in numbers:
        make_entity(f"Payment{number}", {"Id": "Guid", "Number": "String", "UpdatedOn": "DateTime"})


def more_parts(acme, payment, now, numbers):
    for number in numbers:
        make_schedule(acme, name=f"Schedule {number}")
        make_system(acme, name=f"System {number}")
        make_action(acme, name=f"Action {number}")


def more_keys(acme, payment, now, numbers):
    for _ in numbers:
        credentials.issue("soticket", now=now, client=acme, scopes=["read"])


@pytest.mark.parametrize(
    ("path", "make_more", "queries"),
    [
        ("records/?entity=Payment", more_records, 4),
        ("integrations/", more_activations, 4),
        ("client-integrations/", more_activations, 3),
        ("runs/", more_runs, 3),
        ("entities/", more_entities, 4),
        ("schedules/?owner=acme", more_parts, 3),
        ("systems/?owner=acme", more_parts, 3),
        ("actions/?owner=acme", more_parts, 3),
        ("credentials/?scheme=soticket", more_keys, 3),
    ],
)
def test_fifty_rows_cost_as_many_queries_as_one(acme_api, acme, payment, now, path, make_more, queries):
    acme_api.get("/hub/v1/")
    make_more(acme, payment, now, range(1))
    few, one = cost(acme_api, f"/hub/v1/{path}")
    make_more(acme, payment, now, range(1, 51))
    assert cost(acme_api, f"/hub/v1/{path}") == (few + 50, one)
    assert one == queries
