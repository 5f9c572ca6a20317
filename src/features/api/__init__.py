"""Feature: HTTP API under `/api/v1` for the operator's programs, and the API keys for it."""
