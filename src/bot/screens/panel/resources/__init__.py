"""Panel screens of the package `resources`."""
