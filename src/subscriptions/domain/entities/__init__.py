"""Business entities, with their state, allowed transitions and recorded events."""
