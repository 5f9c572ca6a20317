"""Panel screens of the package `views`."""
