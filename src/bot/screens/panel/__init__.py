"""The panel's screens, rendered from views without any external call."""
