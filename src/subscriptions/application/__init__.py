"""Use cases, one per file. The processes call them, and they use external systems through the domain's ports."""
