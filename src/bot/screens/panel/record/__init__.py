"""Panel screens of the package `record`."""
