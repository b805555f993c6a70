"""Serving: the learner's page from this machine to its own browser (app), and recognition as a service (api)."""
