"""Entities and pure policies of the record."""
