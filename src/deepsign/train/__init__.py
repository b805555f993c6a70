"""Train: a recipe and a manifest to a bundle."""
