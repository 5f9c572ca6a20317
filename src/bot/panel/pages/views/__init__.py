"""Panel pages of the package `views`."""
