"""The admin panel: one message edited in place, buttons by role, permissions checked at every press."""
