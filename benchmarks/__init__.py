"""Measurements against named baselines, on the machine at hand; they assert nothing."""
