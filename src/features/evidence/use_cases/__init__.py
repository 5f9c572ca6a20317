"""Use cases that collect evidence and prepare and submit responses to disputes."""
