"""Use cases, one per file. The processes call them, and they reach the outside world through the domain's ports."""
