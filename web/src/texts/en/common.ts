/** What more than one view says, in English, and what Recognise says. Plain sentences; each problem says what to do. */

import type { State } from '../../engine/boundaries'
import type { ProblemName } from '../../engine/problems'
import type { Damaged } from '../../store/progressFile'
import { listed } from '../list'

export interface ProblemText {
  title: string
  /** What to do, step by step. */
  steps: string[]
}

export const common = {
  name: 'DeepSign',
  skip: 'Skip to the content',
  mainNav: 'Views',
  moreNav: 'About and settings',
  titleOf: (view: string) => `${view} · DeepSign`,
  viewFailed: 'This view did not load. The network may be gone, or a new version is there.',
  reload: 'Load the page again',
  newVersion: 'A new version is ready. Your progress stays.',
  loadNewVersion: 'Load it now',

  loading: 'Getting the hand tracker ready…',
  loadingNote: 'About ten seconds the first time.',
  emptyTitle: 'Ready when you are',
  emptyText: 'Start the camera and hold up one hand, or drop a photo or a video here.',
  emptyTextMoving: 'Start the camera, sit so that both shoulders show, and sign a word. Or drop a video here.',
  startCamera: 'Start the camera',
  stopCamera: 'Stop',
  record: 'Record',
  recordEnd: 'Stop and read it',
  askingTitle: 'Your browser is asking',
  asking: 'Choose “Allow” where the browser asks for the camera, usually at the top left.',
  chooseFile: 'Photo or video…',
  dropHere: 'Let go to read it',
  mirror: 'Mirror',
  model: 'Signs',
  bundleNames: { letters: 'Letters', digits: 'Numbers', signs: 'Words' } as Record<string, string>,

  noHandTitle: 'No hand in view',
  noHand: 'Hold one hand up where this outline is, palm to the camera, an arm’s length away.',
  noHandPhoto: 'No hand was found in this photo. Use one where the whole hand shows, in good light, and is not tiny.',
  noHandVideo: 'No hand was found in this video. Use one where the whole hand shows, in good light.',
  noBodyTitle: 'Your shoulders are out of view',
  noBody: 'Sit back until your head, both shoulders and your hands fit into the picture.',
  noBodyVideo: 'No shoulders were found in this video. Use one where the signer shows from the head to the waist.',
  photoMoves: 'These signs are movements, and a photo can’t show one. Use the camera or a video.',
  noKnownSignVideo: 'No sign that I know was found in this video.',
  noSignVideo: 'No sign was held for half a second in this video. Its surest reading as a whole stands above.',

  answer: 'Answer',
  waiting: 'The answer appears here.',
  showHand: 'Show a hand.',
  unknown: 'Not a sign I know',
  rankingMore: (count: number) => `The ${count} nearest`,
  unknownNote: 'Nearest, but too unsure to say:',
  ranking: 'What it could be',
  sure: 'sure',
  maybe: 'maybe',
  unsure: 'not sure',
  signNow: 'The sign’s name appears here.',
  states: {
    wait: 'Rest your hands for a moment, low or out of the picture.',
    ready: 'Ready: sign when you like.',
    signing: 'I’m watching…',
    done: 'Got it.',
  } satisfies Record<State, string> as Record<State, string>,
  notSure: 'I’m not sure. Try once more, a little slower.',
  knownSigns: (count: number) => `The ${count} words that can be told`,
  holdOn: 'Hold it…',
  counted: 'Got it.',
  needsMotion: (signs: string[], as: string) =>
    `${list(signs)} ${signs.length > 1 ? 'are' : 'is'} signed with a movement, so a still can’t tell ${signs.length > 1 ? 'them' : 'it'} from ${as}. Use the camera or a video.`,
  says: (say: string, word: string, percent: number) => `${say}: ${word}, ${percent} %`,

  spelled: 'Written down',
  nothingSpelled: 'Hold a sign for a moment and it is written down here.',
  nothingWritten: 'Each word that is recognised is written down here.',
  deleteLast: 'Delete last',
  clear: 'Clear',

  readingPhoto: 'Looking at the photo…',
  reading: (percent: number) => `Reading the video: ${percent} %`,
  cancel: 'Cancel',
  found: 'Signs found',
  seek: (say: string, at: string) => `${say}, at ${at}: show`,
  firstSeconds: (seconds: number) => `The first ${seconds} seconds were read.`,

  perSecond: (count: number) => `${count} pictures a second`,
  progressFile: {
    title: 'Your progress',
    note: 'It stays in this browser. Save it as a file to take it to another one.',
    save: 'Save it as a file',
    load: 'Add it from a file…',
    loaded: (cards: number) => (cards ? `${cards} ${cards === 1 ? 'sign was' : 'signs were'} brought up to date.` : 'Everything in it was known here already.'),
    refused: {
      'no-json': () => 'This file holds no progress: it can’t be read. Choose the one that DeepSign saved.',
      other: () => 'This file is something else. Choose the one whose name begins with deepsign-progress.',
      newer: () => 'This file was saved by a newer DeepSign. Update this one, then load it again.',
      damaged: (where: string) => `This file is damaged at “${where}”, so nothing was taken from it. Load an older copy.`,
    } satisfies Record<Damaged['reason'], unknown> as Record<Damaged['reason'], (where: string) => string>,
  },

  offline: 'Turn off your network and it still works.',
  aid: 'DeepSign is a learning aid for American Sign Language (ASL). A drawn hand is a diagram, not a signer.',

  retry: 'Try again',
  otherFile: 'Choose another file',
  what: 'What was said',
  problems: {
    'camera-denied': {
      title: 'The camera is not allowed',
      steps: [
        'Click the symbol left of the address (a camera, a lock or two sliders).',
        'Set Camera to “Allow”.',
        'Come back here and try again. On a Mac or on Windows, the system’s privacy settings must allow the browser too.',
      ],
    },
    'camera-missing': {
      title: 'No camera found',
      steps: ['Plug a camera in, or open its cover or switch, then try again.', 'Without one, choose a photo or a video: that works just as well.'],
    },
    'camera-in-use': {
      title: 'Another program is using the camera',
      steps: ['Close the other program or tab: a video call, perhaps.', 'Then try again.'],
    },
    'camera-lost': {
      title: 'The camera stopped',
      steps: ['It was unplugged, or another program took it.', 'Check it, then try again.'],
    },
    'insecure-address': {
      title: 'Browsers give no camera to this address',
      steps: [
        'Open DeepSign on the computer it runs on, at http://localhost:8000.',
        'To use it from another device, it has to be served over HTTPS.',
        'Photos and videos work here all the same.',
      ],
    },
    'unsupported-browser': {
      title: 'This browser can’t run DeepSign',
      steps: ['Use Chrome or Edge 114, Firefox 115, Safari 17, or newer.', 'If yours is, turn on “graphics acceleration” in its settings.'],
    },
    'tracker-failed': {
      title: 'The hand tracker did not load',
      steps: ['Check that DeepSign is still running in its window, then try again.', 'If it stays, run “deepsign doctor”: it says what is missing.'],
    },
    'no-bundles': {
      title: 'No signs are installed',
      steps: ['Check that DeepSign is still running in its window, then try again.', 'If it stays, run “deepsign models”: it lists what is installed.'],
    },
    'bundle-failed': {
      title: 'These signs did not load',
      steps: ['Try again. If it stays, install DeepSign anew: a file is missing or has changed.'],
    },
    'file-unreadable': {
      title: 'This photo can’t be read here',
      steps: ['Save it as JPEG or PNG, then choose it again.', 'HEIC photos open in Safari, and with “deepsign predict FILE”.'],
    },
    'video-unreadable': {
      title: 'This video can’t be played here',
      steps: ['Save it as MP4 (H.264) or WebM, then choose it again.', '“deepsign predict FILE” reads more kinds.'],
    },
    'not-a-picture': {
      title: 'That is neither a photo nor a video',
      steps: ['Choose a JPEG, PNG or WebP photo, or an MP4, MOV or WebM video.'],
    },
  } satisfies Record<ProblemName, ProblemText> as Record<ProblemName, ProblemText>,
}

const list = (words: readonly string[]): string => listed(words, 'and')
