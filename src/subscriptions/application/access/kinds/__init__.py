"""The kinds of resource, each a folder with a module `kind` that registers its strategy; found by being there."""
