"""Outgoing webhooks: endpoints of the operator's programs, and delivery of events to them."""
