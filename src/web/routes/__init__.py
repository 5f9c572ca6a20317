"""One router per concern, each given just what it calls."""
