"""Use cases that create, send and configure the activity feed."""
