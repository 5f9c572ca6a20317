"""Example feature: a survey that asks customers for the reason why they canceled, and counts the answers."""
