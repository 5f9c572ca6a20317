"""Client of the Spanish tax office's service for invoice records."""
