"""ETag and If-Match: nobody overwrites what they have not seen."""

import pytest

from integrations.models import Schedule
from tests.api import fields
from tests.cast import make_schedule


@pytest.fixture
def schedule(acme):
    return make_schedule(acme)


@pytest.fixture
def path(schedule):
    return f"/hub/v1/schedules/{schedule.pk}/"


def test_a_row_has_its_version_as_etag_and_every_write_raises_it(acme_api, path):
    assert acme_api.get(path)["ETag"] == '"1"'
    written = acme_api.patch_json(path, {"name": "Daily"}, headers={"if-match": '"1"'})
    assert written.status_code == 200
    assert written["ETag"] == '"2"'
    assert written.json()["row_version"] == 2


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"0", "1"', "*"])
def test_a_version_that_is_current_is_written(acme_api, path, tag):
    assert acme_api.patch_json(path, {"name": "Daily"}, headers={"if-match": tag}).status_code == 200


@pytest.mark.parametrize("tag", ['"2"', 'W/"0"', '"11"', '""', '"x"'])
def test_a_version_that_is_not_is_left_alone(acme_api, path, tag, schedule):
    response = acme_api.patch_json(path, {"name": "Daily"}, headers={"if-match": tag})
    assert response.status_code == 412
    assert fields(response) == {}
    assert acme_api.delete(path, headers={"if-match": tag}).status_code == 412
    assert Schedule.objects.get(pk=schedule.pk).name == "Hourly"


@pytest.mark.parametrize("tag", ["1", "x", '"1'])
def test_a_tag_that_is_none_is_refused(acme_api, path, tag):
    response = acme_api.patch_json(path, {"name": "Daily"}, headers={"if-match": tag})
    assert response.status_code == 400
    assert list(fields(response)) == ["If-Match"]


def test_a_foreign_row_has_no_version_to_match(borealis_api, path):
    assert borealis_api.patch_json(path, {}, headers={"if-match": '"9"'}).status_code == 404


def test_without_if_match_the_last_writer_wins(acme_api, path):
    assert acme_api.patch_json(path, {"name": "Daily"}).status_code == 200
