"""What can go wrong with a person's input, said in one line: what, where, and the way out."""

from __future__ import annotations


class DeepSignError(Exception):
    """The base of every error a user may see; the command line prints its text and no traceback."""


class InputError(DeepSignError):
    """A photo, video, landmark file, camera or manifest that can't be used; the text names it."""


class BundleError(DeepSignError):
    """A bundle that is incomplete, changed, or of another schema version."""


class AssetError(DeepSignError):
    """A model file (the hand tracker's, say) that can't be had or has the wrong sha256."""


class RecipeError(DeepSignError):
    """A recipe with an unknown key or an impossible value."""
