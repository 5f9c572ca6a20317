"""Runs the whole of Umbral on one machine against the sandbox, with nothing to install first."""
