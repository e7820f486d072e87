from django.apps import AppConfig


class NorthwindConfig(AppConfig):
    name = "tests.odata.northwind"
    label = "northwind"
    default_auto_field = "django.db.models.BigAutoField"
