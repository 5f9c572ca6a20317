"""Delivery of webhook events to the operator's endpoints, at validated addresses."""
