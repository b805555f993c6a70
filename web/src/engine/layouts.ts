// Made by web/scripts/emit_layouts.py from src/deepsign/landmarks.py, the only source. Don't edit: a test compares.

export interface Layout {
  readonly points: readonly string[]
  /** Pairs of point indices to draw as bones. */
  readonly edges: readonly (readonly [number, number])[]
  /** For each point the index of its mirror image. */
  readonly mirror: readonly number[]
  /** Part ("left_hand", "pose", …) → its first point, and the one after its last. */
  readonly parts: Readonly<Record<string, readonly [number, number]>>
}

export const LAYOUTS: Readonly<Record<string, Layout>> = {
  hand: {
    points: ["hand.wrist", "hand.thumb_cmc", "hand.thumb_mcp", "hand.thumb_ip", "hand.thumb_tip", "hand.index_mcp", "hand.index_pip", "hand.index_dip", "hand.index_tip", "hand.middle_mcp", "hand.middle_pip", "hand.middle_dip", "hand.middle_tip", "hand.ring_mcp", "hand.ring_pip", "hand.ring_dip", "hand.ring_tip", "hand.little_mcp", "hand.little_pip", "hand.little_dip", "hand.little_tip"],
    edges: [[0, 1], [1, 2], [2, 3], [3, 4], [0, 5], [5, 6], [6, 7], [7, 8], [0, 17], [17, 18], [18, 19], [19, 20], [9, 10], [10, 11], [11, 12], [13, 14], [14, 15], [15, 16], [5, 9], [9, 13], [13, 17]],
    mirror: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    parts: {"hand": [0, 21]},
  },
  hands: {
    points: ["left_hand.wrist", "left_hand.thumb_cmc", "left_hand.thumb_mcp", "left_hand.thumb_ip", "left_hand.thumb_tip", "left_hand.index_mcp", "left_hand.index_pip", "left_hand.index_dip", "left_hand.index_tip", "left_hand.middle_mcp", "left_hand.middle_pip", "left_hand.middle_dip", "left_hand.middle_tip", "left_hand.ring_mcp", "left_hand.ring_pip", "left_hand.ring_dip", "left_hand.ring_tip", "left_hand.little_mcp", "left_hand.little_pip", "left_hand.little_dip", "left_hand.little_tip", "right_hand.wrist", "right_hand.thumb_cmc", "right_hand.thumb_mcp", "right_hand.thumb_ip", "right_hand.thumb_tip", "right_hand.index_mcp", "right_hand.index_pip", "right_hand.index_dip", "right_hand.index_tip", "right_hand.middle_mcp", "right_hand.middle_pip", "right_hand.middle_dip", "right_hand.middle_tip", "right_hand.ring_mcp", "right_hand.ring_pip", "right_hand.ring_dip", "right_hand.ring_tip", "right_hand.little_mcp", "right_hand.little_pip", "right_hand.little_dip", "right_hand.little_tip"],
    edges: [[0, 1], [1, 2], [2, 3], [3, 4], [0, 5], [5, 6], [6, 7], [7, 8], [0, 17], [17, 18], [18, 19], [19, 20], [9, 10], [10, 11], [11, 12], [13, 14], [14, 15], [15, 16], [5, 9], [9, 13], [13, 17], [21, 22], [22, 23], [23, 24], [24, 25], [21, 26], [26, 27], [27, 28], [28, 29], [21, 38], [38, 39], [39, 40], [40, 41], [30, 31], [31, 32], [32, 33], [34, 35], [35, 36], [36, 37], [26, 30], [30, 34], [34, 38]],
    mirror: [21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    parts: {"left_hand": [0, 21], "right_hand": [21, 42]},
  },
  hands_pose: {
    points: ["left_hand.wrist", "left_hand.thumb_cmc", "left_hand.thumb_mcp", "left_hand.thumb_ip", "left_hand.thumb_tip", "left_hand.index_mcp", "left_hand.index_pip", "left_hand.index_dip", "left_hand.index_tip", "left_hand.middle_mcp", "left_hand.middle_pip", "left_hand.middle_dip", "left_hand.middle_tip", "left_hand.ring_mcp", "left_hand.ring_pip", "left_hand.ring_dip", "left_hand.ring_tip", "left_hand.little_mcp", "left_hand.little_pip", "left_hand.little_dip", "left_hand.little_tip", "pose.nose", "pose.left_eye_inner", "pose.left_eye_centre", "pose.left_eye_outer", "pose.right_eye_inner", "pose.right_eye_centre", "pose.right_eye_outer", "pose.left_ear", "pose.right_ear", "pose.left_mouth", "pose.right_mouth", "pose.left_shoulder", "pose.right_shoulder", "pose.left_elbow", "pose.right_elbow", "pose.left_wrist", "pose.right_wrist", "pose.left_little", "pose.right_little", "pose.left_index", "pose.right_index", "pose.left_thumb", "pose.right_thumb", "pose.left_hip", "pose.right_hip", "pose.left_knee", "pose.right_knee", "pose.left_ankle", "pose.right_ankle", "pose.left_heel", "pose.right_heel", "pose.left_foot", "pose.right_foot", "right_hand.wrist", "right_hand.thumb_cmc", "right_hand.thumb_mcp", "right_hand.thumb_ip", "right_hand.thumb_tip", "right_hand.index_mcp", "right_hand.index_pip", "right_hand.index_dip", "right_hand.index_tip", "right_hand.middle_mcp", "right_hand.middle_pip", "right_hand.middle_dip", "right_hand.middle_tip", "right_hand.ring_mcp", "right_hand.ring_pip", "right_hand.ring_dip", "right_hand.ring_tip", "right_hand.little_mcp", "right_hand.little_pip", "right_hand.little_dip", "right_hand.little_tip"],
    edges: [[0, 1], [1, 2], [2, 3], [3, 4], [0, 5], [5, 6], [6, 7], [7, 8], [0, 17], [17, 18], [18, 19], [19, 20], [9, 10], [10, 11], [11, 12], [13, 14], [14, 15], [15, 16], [5, 9], [9, 13], [13, 17], [32, 33], [32, 34], [34, 36], [33, 35], [35, 37], [32, 44], [33, 45], [44, 45], [54, 55], [55, 56], [56, 57], [57, 58], [54, 59], [59, 60], [60, 61], [61, 62], [54, 71], [71, 72], [72, 73], [73, 74], [63, 64], [64, 65], [65, 66], [67, 68], [68, 69], [69, 70], [59, 63], [63, 67], [67, 71]],
    mirror: [54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 21, 25, 26, 27, 22, 23, 24, 29, 28, 31, 30, 33, 32, 35, 34, 37, 36, 39, 38, 41, 40, 43, 42, 45, 44, 47, 46, 49, 48, 51, 50, 53, 52, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    parts: {"left_hand": [0, 21], "pose": [21, 54], "right_hand": [54, 75]},
  },
}
