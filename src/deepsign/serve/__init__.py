"""Serving: the learner's page and the bundles, from this machine to its own browser."""
