"""Panel screens of the package `broadcasts`."""
