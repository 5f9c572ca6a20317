"""Panel screens of the package `payments`."""
