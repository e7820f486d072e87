"""The queue's resources under `/hub/v1/`, on the viewsets of `integrations.api.base`."""
