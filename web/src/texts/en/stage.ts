/** What the camera's stage says, in English: each hindrance with what to do about it. */

import type { Hindrance, Way } from '../../views/stage/sight'

export const stage = {
  label: 'Camera',
  emptyTitle: 'Ready when you are',
  emptyHand: 'Start the camera and hold up one hand.',
  emptyBody: 'Start the camera and sit so that your head, both shoulders and your hands show.',
  kept: 'Your picture stays on this device.',
  hindrances: {
    dark: { title: 'It’s quite dark', text: 'Face a window, or turn on a lamp in front of you.' },
    'no-hand': { title: 'No hand in view', text: 'Hold one hand up where the outline is, palm to the camera, an arm’s length away.' },
    'no-body': { title: 'Your shoulders are out of view', text: 'Sit back until your head, both shoulders and your hands fit into the outline.' },
    'two-people': { title: 'More than one person', text: 'One signer at a time, please: I can’t tell whose hands are whose.' },
    'too-near': { title: 'A little too near', text: 'Move back until you fit into the outline.' },
    'too-far': { title: 'A little far away', text: 'Come closer to the camera.' },
    'cut-off': { title: 'Part of you is cut off', text: 'Move back into the picture.' },
    slow: { title: 'This device is a little slow', text: 'Sign first, then wait a moment. Closing other programs helps.' },
  } satisfies Record<Hindrance, { title: string; text: string }> as Record<Hindrance, { title: string; text: string }>,
  /** The picture's right is the signer's left. */
  ways: {
    left: 'Move to your right.',
    right: 'Move to your left.',
    up: 'Sit up, or tilt the camera down.',
    down: 'Move back, or tilt the camera up.',
  } satisfies Record<Way, string> as Record<Way, string>,
}
