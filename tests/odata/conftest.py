import json

import pytest
from django.test import Client


class Caller:
    """A client of the trading company that acts for one shop."""

    def __init__(self, shop):
        self.shop = shop
        self._client = Client(raise_request_exception=True)

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def request(self, method, path, body=b"", content_type="application/json", **headers):
        named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if self.shop:
            named["HTTP_SHOP"] = self.shop
        return self._client.generic(method, f"/nw/{path}", body, content_type, **named)

    def value(self, path, **headers):
        """The rows or the value of an answer that has to be a success."""
        response = self.get(path, **headers)
        assert response.status_code == 200, response.content
        return json.loads(response.content)["value"]

    def ids(self, path):
        """The first property of each row."""
        return [next(iter(row.values())) for row in self.value(path)]


@pytest.fixture
def northwind_urls(settings):
    settings.ROOT_URLCONF = "tests.odata.urls"


@pytest.fixture
def shop(db, northwind_urls):
    return Caller("north")
