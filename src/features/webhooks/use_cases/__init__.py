"""Use case that delivers webhook events to an endpoint."""
