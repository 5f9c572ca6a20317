"""The record of a plan: tips as they were published, what came of them, and the figures."""
