"""Data: manifests of what there is to learn from, and how a row becomes a clip."""
