"""Placeholders: rows of a hand table in which one picture stood for many signs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepsign.data.tables import Table
from deepsign.landmarks import HAND, HAND_POINTS

_INDEX, _LITTLE = HAND_POINTS.index("index_mcp"), HAND_POINTS.index("little_mcp")

# Of a hand, over all its 42 numbers together: two pictures of a handshape, even by one person a moment later, are
# farther apart; one picture looked at twice is not. No handshape has five names.
_SAME, _NAMES = 0.12, 5


def placeholders(table: Table) -> NDArray[np.bool_]:
    """(N,) whether a still shows a hand that stands under at least five labels; never in an archive of clips.

    Where the hand is, its size and its side don't count.
    """
    points = table.arrays.points
    if table.arrays.offsets is not None or table.arrays.layout != HAND.name:
        return np.zeros(len(table), dtype=bool)
    hands = np.nan_to_num(points[..., :2] - points[:, :1, :2])
    hands = hands / np.maximum(np.linalg.norm(hands, axis=-1).max(axis=-1), 1e-6)[:, None, None]
    index, little = hands[:, _INDEX], hands[:, _LITTLE]
    hands[index[:, 0] * little[:, 1] - index[:, 1] * little[:, 0] > 0, :, 0] *= -1
    flat = hands.reshape(len(hands), -1)
    near = (np.linalg.norm(flat - one, axis=1) < _SAME for one in flat)
    return np.array([len(set(table.labels[at])) >= _NAMES for at in near], dtype=bool)
