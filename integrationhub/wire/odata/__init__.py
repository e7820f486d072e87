"""OData v4 over any Django models: a declarative registry in, a service out. It knows no model of its own.

`registry.Service` says what is published; `views.service_urls` puts it under a prefix.
"""
