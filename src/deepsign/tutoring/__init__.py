"""Tutoring: makes tutorials, from collections that may be shown and from videos that a person puts in."""
