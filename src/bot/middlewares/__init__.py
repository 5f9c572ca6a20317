"""Middleware that runs around every handler."""
