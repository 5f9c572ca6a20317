"""Queries of whole screens, across the other folders."""
