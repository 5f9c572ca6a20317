"""Feature: outgoing webhooks, which send events to the operator's own programs."""
