"""Measurements against named baselines on the current machine, without assertions."""
