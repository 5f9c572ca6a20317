"""Example feature: a survey that asks customers who canceled for the reason, and counts the answers."""
