"""`umbral gateway new NAME`: a package of its own that brings one payment provider, to be filled in."""
