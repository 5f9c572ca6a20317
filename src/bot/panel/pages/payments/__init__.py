"""Panel pages of the package `payments`."""
