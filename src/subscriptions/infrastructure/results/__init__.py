"""Sources of event results."""
