"""Adapter that delivers webhook events over HTTP."""
