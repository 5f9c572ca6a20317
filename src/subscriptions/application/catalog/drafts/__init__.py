"""Drafts of plans that staff create or change question by question."""
