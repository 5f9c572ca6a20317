"""The admin panel: one message edited in place, buttons by role, every press checked when it is made."""
