"""Errors as problem details."""

import pytest
from django.core import exceptions as django_errors
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.http import Http404
from rest_framework import exceptions

from integrationhub.wire.problems import FieldError, InvalidInput, exception_handler


def told(error):
    """The status, the errors by field and the detail of the answer."""
    response = exception_handler(error, {})
    assert response.content_type == "application/problem+json"
    assert response.data["status"] == response.status_code
    errors = {each["field"]: each["message"] for each in response.data.get("errors", [])}
    return response.status_code, errors, response.data["detail"]


@pytest.mark.parametrize(
    ("detail", "errors"),
    [
        ({"name": ["Too long."]}, {"name": "Too long."}),
        ({"rows": {"2": {"Amount": ["Too much."]}}}, {"rows.2.Amount": "Too much."}),
        ({"rows": [{}, {"Amount": ["Too much."]}]}, {"rows[1].Amount": "Too much."}),
        ({"list": {3: ["No."]}}, {"list[3]": "No."}),
        ({"non_field_errors": ["They differ."]}, {"": "They differ."}),
        (["No object."], {"": "No object."}),
        ("No object.", {"": "No object."}),
    ],
)
def test_a_validation_error_names_every_field_by_its_path(detail, errors):
    assert told(exceptions.ValidationError(detail))[:2] == (400, errors)


def test_one_error_is_the_detail_and_many_are_counted():
    assert told(exceptions.ValidationError({"a": ["No."]}))[2] == "a: No."
    assert told(exceptions.ValidationError({"a": ["No."], "b": ["No."]}))[2] == "The request has 2 errors."


def test_a_hundred_errors_are_listed():
    status, errors, detail = told(InvalidInput([FieldError(f"rows[{row}]", "No.") for row in range(101)]))
    assert status == 400
    assert len(errors) == 100
    assert detail == "The request has 101 errors; the first 100 are listed."


def test_everything_that_is_not_found_is_told_alike():
    assert (
        told(Http404("No Client matches."))
        == told(exceptions.NotFound("No Record"))
        == (404, {}, told(Http404())[2])
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (django_errors.PermissionDenied(), 403),
        (django_errors.RequestDataTooBig(), 413),
        (django_errors.ValidationError("No."), 400),
        (IntegrityError("duplicate key"), 409),
        (DataError("out of range"), 400),
        (OperationalError("canceling statement due to statement timeout"), 503),
        (InterfaceError("connection already closed"), 503),
    ],
)
def test_errors_from_below_have_a_status(error, status):
    assert told(error)[0] == status


def test_a_database_that_does_not_answer_is_to_be_asked_again():
    response = exception_handler(OperationalError("password=hunter2"), {})
    assert response["Retry-After"] == "5"
    assert "hunter2" not in str(response.data)


def test_a_model_s_errors_keep_their_fields():
    error = django_errors.ValidationError({"name": ["Too long."], "__all__": ["They differ."]})
    assert told(error)[1] == {"name": "Too long.", "": "They differ."}


def test_what_nobody_foresaw_is_left_to_the_server():
    assert exception_handler(RuntimeError("bug"), {}) is None
    assert exception_handler(ProgrammingError("no such table"), {}) is None
