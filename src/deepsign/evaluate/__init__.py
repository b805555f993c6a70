"""Evaluate: a bundle's measured quality, always through the recognizer."""
