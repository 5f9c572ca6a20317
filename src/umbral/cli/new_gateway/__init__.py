"""Command `umbral gateway new NAME`: a package template for one payment provider."""
