"""Panel pages of the package `resources`."""
