/** The one tip after an attempt, in English: plain words, fingers by name, never degrees. */

import type { Change, Finger, Hint } from '../../engine/feedback'

type Said = Exclude<Change, 'straighten' | 'bend' | 'bend_less' | 'bend_more' | 'touch' | `${string}_${'chin' | 'forehead' | 'higher' | 'lower' | 'closer' | 'wider'}`>

const FINGERS: Record<Finger, string> = { index: 'index finger', middle: 'middle finger', ring: 'ring finger', little: 'little finger' }
const SAID: Record<Said, string> = {
  show: 'Hold your hand where the camera sees all of it.',
  both: 'Use both hands.',
  one: 'Use one hand; rest the other.',
  up: 'Point your hand up.',
  down: 'Point your hand down.',
  sideways: 'Point your hand to the side.',
  palm_out: 'Turn your palm towards the camera.',
  palm_in: 'Turn your palm towards yourself.',
  palm_side: 'Turn your palm to the side.',
  together: 'Nearly: put your fingers together.',
  apart: 'Nearly: spread your fingers.',
  cross: 'Nearly: cross your fingers.',
  out: 'Nearly: move your thumb out to the side.',
  in: 'Nearly: bring your thumb in.',
  larger: 'Nearly: make the movement larger.',
  smaller: 'Nearly: make the movement smaller.',
  again: 'Nearly: repeat the movement.',
  once: 'Nearly: make fewer movements.',
}
const WHEN = { start: 'Start', middle: 'Sign', end: 'End' }
const WHERE = {
  chin: 'closer to your chin',
  forehead: 'closer to your forehead',
  higher: 'higher up',
  lower: 'lower down',
  closer: 'closer to your body’s middle',
  wider: 'farther out to the side',
}

export const feedback = {
  tip: ({ part, finger, change }: Hint): string => {
    if (part === 'place') {
      const [when, where] = change.split('_') as [keyof typeof WHEN, keyof typeof WHERE]
      return `${WHEN[when]} ${WHERE[where]}.`
    }
    const named = finger ? FINGERS[finger] : 'fingers'
    switch (change) {
      case 'straighten':
        return `Nearly: straighten your ${named}.`
      case 'bend':
        return `Nearly: bend your ${named}.`
      case 'bend_less':
        return `Nearly: bend your ${named} a little less.`
      case 'bend_more':
        return `Nearly: bend your ${named} a little more.`
      case 'touch':
        return `Nearly: touch your thumb to your ${named}.`
      default:
        return SAID[change as Said]
    }
  },
  /** Under the picture of the attempt with the sign's usual hand beside it. */
  yours: 'You',
  usual: 'Usual',
  picture: 'Your hand, and beside it how the sign is usually made',
}
