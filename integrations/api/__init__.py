"""The hub's own REST surface, `/hub/v1/`: one module per resource, on the viewsets of `base`."""
