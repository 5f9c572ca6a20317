"""Panel screens of the package `expiry`."""
