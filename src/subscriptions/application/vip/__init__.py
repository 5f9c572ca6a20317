"""The shared VIP channel: codes, the ritual of entry, the links that lead in."""
