/** What Practise says, in English. Never "wrong": a sign is good, nearly there, like another, or not sure. */

import type { Attempts } from '../../engine/attempts'
import type { Gesture } from '../../engine/gestures'
import type { Reason } from '../../views/practise/plan'

type State = Awaited<ReturnType<Attempts['feed']>>['state']
const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

export const practise = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Practise',
  what: 'What to practise',
  how: 'How',
  sign: 'Make the sign',
  read: 'Understand it',
  gestures: 'Gestures',

  loading: 'Getting the signs ready…',
  signThis: 'Make this sign',
  fresh: 'new',
  progress: (done: number, of: number) => `${done} of ${of}`,
  fromMemory: 'From memory',
  fromMemoryNote: 'The clip stays hidden until you ask for it.',
  random: 'A random sign',
  now: 'Sign now',
  over: 'That was it',
  check: 'Is this it?',
  space: 'space bar',
  showMe: 'Show me',
  skip: 'Skip',
  wasRight: 'I think I was right',
  wasRightNote: 'Written down on this device only. On to the next one.',
  withoutCamera: 'Practise without a camera',
  cameraFirst: 'Start the camera when you are ready.',
  watchClip: 'Watch it once…',
  noClip: 'No diagram shows this sign yet.',
  moved: {
    wait: 'Rest your hands for a moment.',
    ready: 'Your turn.',
    signing: 'I’m watching…',
    done: 'Rest your hands, then once more.',
    recording: 'I’m watching…',
    looking: 'One moment…',
  } satisfies Record<State, string> as Record<State, string>,
  held: {
    wait: 'Hold it up to the camera.',
    ready: 'Hold it up to the camera.',
    signing: 'Hold it…',
    done: 'Once more, when you like.',
    recording: 'Hold it…',
    looking: 'One moment…',
  } satisfies Record<State, string> as Record<State, string>,
  later: {
    wait: 'Press the space bar, sign, and press it again.',
    ready: 'Press the space bar, sign, and press it again.',
    signing: 'Press the space bar, sign, and press it again.',
    done: 'Once more? Press the space bar, sign, and press it again.',
    recording: 'Sign now. Then press the space bar.',
    looking: 'Looking at your sign: one moment…',
  } satisfies Record<State, string> as Record<State, string>,
  looked: (percent: number) => `${percent} %`,

  good: (say: string) => `Good. That’s ${say}.`,
  looksLike: (other: string) => `This looks like ${other}.`,
  butIs: (say: string, fact: string) => `${say}: ${fact}`,
  notSure: 'I’m not sure. Try once more, a little slower.',
  unseen: 'I saw no hand. Keep it inside the picture.',
  slowly: 'Here it is, slowly.',
  yours: 'You',
  yoursOver: 'You, over the sign',
  reference: 'The sign',
  notKept: 'This browser keeps nothing, so what you learn lasts until the page is closed. Private windows do that.',

  done: 'That’s it for now',
  doneSigns: (signs: number, fresh: number) => `You practised ${count(signs, 'sign', 'signs')}${fresh ? `, ${fresh} of them new` : ''}.`,
  nothingDue: 'Nothing is due',
  nothingDueText: 'What you know is still fresh.',
  comesBack: (when: string) => `The next one comes back ${when}.`,
  more: 'Another five minutes',
  anyway: 'Practise anyway',
  learnMore: 'Look at signs',

  notAsked: (n: number) => `${count(n, 'sign is', 'signs are')} not asked here, and why`,
  reasons: {
    quality: (percent: number) => `made right by signers it had never seen, it was recognised ${percent} times out of 100`,
    motion: 'it is a movement, and these signs are told from how a hand is held',
    doubtful: 'no recording that may be shown signs it as it should be; what was learnt may be another sign',
    alone: 'it was learnt from one person alone, and people’s hands differ',
    bar: 'it has no measured bar to say “yes, that was it” by',
  } satisfies Record<Reason, unknown>,
  notAskedNow: (names: string) => `Not asked here: ${names}. Below it says why.`,
  notAskedNote: 'They are in Learn, and in “Understand it”.',

  quiz: {
    question: 'Which sign is this?',
    right: (say: string) => `Yes, that’s ${say}.`,
    other: (say: string) => `It’s ${say}. It will come back soon.`,
    next: 'Next',
    none: 'No diagrams of these signs are here yet, so there is nothing to choose from.',
    keys: 'Keys 1 to 4 choose; Enter goes on.',
    score: (right: number, of: number) => `${right} of ${of} understood.`,
  },

  warmup: {
    intro: 'A warm-up for hands and camera. These are gestures, not signs: they belong to no language.',
    show: (name: string) => `Show: ${name}`,
    done: 'All warm. Now a sign?',
    again: 'Once more',
    loading: 'Getting the gestures ready: 8 MB, once.',
    names: {
      Thumb_Up: 'thumb up',
      Thumb_Down: 'thumb down',
      Open_Palm: 'open palm',
      Closed_Fist: 'closed fist',
      Pointing_Up: 'pointing up',
      Victory: 'victory',
      ILoveYou: 'I love you',
    } satisfies Record<Gesture, string> as Record<Gesture, string>,
  },
}
