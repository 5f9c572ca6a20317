"""Generation of the packages for `umbral new-feature NAME` and `umbral gateway new NAME`."""
