"""Ports of the record."""
