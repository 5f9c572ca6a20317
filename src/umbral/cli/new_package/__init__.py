"""Commands `umbral new-feature NAME` and `umbral gateway new NAME`: the start of a package that extends Umbral."""
