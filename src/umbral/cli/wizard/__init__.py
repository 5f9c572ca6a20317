"""Dialogue of `umbral init`."""
