"""Adapters of the tip record: a source of match results, the public channel, and the picture."""
