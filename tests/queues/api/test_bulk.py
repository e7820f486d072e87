"""Bulk acts over REST: a preview, a job that is accepted, and how far it is."""

from integrations.principals import Scope
from queues import bulk
from queues.models import BulkJob
from tests.api import fields, make_program
from tests.queues.api.test_items import make_dead, make_item

PATH = "/hub/v1/queue/bulk/"


def test_a_job_is_counted_accepted_and_told_of(acme_api, acme_payments, now):
    for number in range(3):
        make_dead(acme_payments, number, now)
    make_item(acme_payments, 9, now)
    body = {"act": "retry", "filter": {"integration": acme_payments.integration_id}}
    counted = acme_api.post_json(f"{PATH}preview/", body)
    assert counted.json() == {"matching": 4, "legal": 3, "by_state": {"DeadLetter": 3, "Pending": 1}}
    accepted = acme_api.post_json(PATH, body)
    assert accepted.status_code == 202
    job = accepted.json()
    assert (job["state"], job["total"], job["progress"], job["client"]) == ("Waiting", 4, 0, "acme")
    bulk.work(now=now)
    told = acme_api.get(f"/hub/v1/bulk-jobs/{job['id']}/").json()
    assert (told["state"], told["done"], told["skipped"], told["progress"]) == ("Done", 3, 1, 100)
    assert told["reasons"] == ["1 is Pending, and cannot be retried."]
    assert acme_api.post_json(f"/hub/v1/bulk-jobs/{job['id']}/stop/").status_code == 409
    assert acme_api.get("/hub/v1/bulk-jobs/?state=Done").json()["count"] == 1


def test_fifty_jobs_cost_as_many_queries_as_one(acme_api, as_acme, now, django_assert_num_queries):
    acme_api.get("/hub/v1/")
    for count in (1, 50):
        while BulkJob.objects.count() < count:
            bulk.start("hold", {}, by=as_acme, now=now)
        with django_assert_num_queries(3):
            assert len(acme_api.get("/hub/v1/bulk-jobs/").json()["results"]) == count


def test_what_is_wrong_with_it_is_named(acme_api):
    for body, field in (
        ({"filter": {}}, "act"),
        ({"act": "retry"}, "filter"),
        ({"act": "explode", "filter": {}}, "act"),
        ({"act": "retry", "filter": {"state": "Dead"}}, "filter.state"),
        ({"act": "retry", "filter": []}, "filter"),
    ):
        for path in (PATH, f"{PATH}preview/"):
            response = acme_api.post_json(path, body)
            assert (response.status_code, list(fields(response))) == (400, [field])
    assert not BulkJob.objects.exists()


def test_it_takes_the_scope_to_operate(acme):
    program = make_program(acme, [Scope.READ, Scope.WRITE])
    assert program.post_json(PATH, {"act": "retry", "filter": {}}).status_code == 403
