"""Pixels to clips: photos, videos, the camera, and the landmarks in them."""
