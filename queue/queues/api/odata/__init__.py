"""The queue's sets under `/OData/`, and the service that they and those of `integrations` make up."""
