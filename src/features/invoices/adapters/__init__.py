"""Client of the tax office."""
