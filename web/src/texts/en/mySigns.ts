/** What My signs says, in English. */

import type { NameProblem } from '../../store/vocabulary.svelte'

export const mySigns = {
  /** The view's name, in the navigation and as its heading. */
  title: 'My signs',
  practise: 'Practise them',
  intro: 'Teach this page a sign of your own: a name sign, a family sign, a word it doesn’t know. Five takes, about half a minute.',
  nothing: 'No sign of yours yet.',
  loading: 'Getting what tells signs apart…',
  add: 'Add a sign',
  test: 'Test them',
  back: 'Back to my signs',
  notKept: 'This browser keeps nothing just now (a private window, or no room). Your signs last until you close the page: export them before.',

  name: 'Name of the sign',
  nameHint: 'What you want to read when it is recognised: “Grandma”, “Good night”.',
  refused: {
    empty: 'Give the sign a name.',
    taken: 'You have a sign of this name already. Choose another name, or add takes to that one.',
    reserved: '“none” stands for “not a sign I know”. Choose another name.',
  } satisfies Record<Exclude<NameProblem, null>, string> as Record<Exclude<NameProblem, null>, string>,
  consent: 'These recordings are points, not pictures; they stay in this browser.',
  consentMissing: 'Tick the box first: nothing is recorded before.',
  consentNote: 'Record only people who agree. You can delete everything here at any time.',
  record: 'Record five takes',

  takeOf: (n: number, all: number) => `Take ${n} of ${all}`,
  states: {
    wait: 'Rest your hands: low, or out of the picture.',
    ready: (name: string) => `Now sign ${name}, then rest your hands again.`,
    signing: 'I’m watching…',
    done: 'Got it. Rest your hands.',
  },
  unseen: 'No hand was seen in that one. Keep your hands inside the picture, and sign once more.',
  slot: (n: number) => `Take ${n}`,
  play: (n: number) => `Take ${n}: play`,
  redo: (n: number) => `Take ${n} once more`,
  redoShort: 'Once more',
  got: (n: number, all: number) => `${n} of ${all} takes recorded.`,
  markBegin: 'Begin a take by hand',
  markEnd: 'End this take',
  markNote: 'Takes begin and end by themselves when your hands move and rest. If they don’t, use this button or the space bar.',
  enough: 'That’s enough',

  restTitle: 'Now ten seconds of not signing',
  rest: 'Be as you are between signs: sit, scratch your nose, look around. It shows that this isn’t taken for your sign. Asked only once.',
  restLeft: (s: number) => `${s} seconds left`,
  restSkip: 'Not now',

  readyTitle: (name: string) => `${name} is ready`,
  again: 'Once more, please',
  good: 'Its takes are alike, and unlike your other signs.',
  restGood: 'Resting is not taken for it.',
  odd: (takes: number[]) => (takes.length > 1 ? `Takes ${list(takes.map(String))} are unlike the others.` : `Take ${takes[0]} is unlike the others.`),
  apart: 'The takes are so different that they hardly show one sign. Record them once more, each the same way.',
  like: (names: string[]) => `It looks much like ${list(names)}; the two may be mixed up.`,
  restTaken: 'Something you did while resting was taken for it. A larger movement, or more takes, would help.',
  next: 'Another sign',
  recordAgain: 'Record all once more',

  tryTitle: 'Sign one of yours',
  tryText: 'Anything else should be answered with “not a sign I know”.',
  ask: 'Ask me for one',
  askNext: 'Ask for another',
  askEnd: 'Stop asking',
  asked: (say: string) => `Sign ${say}`,
  askedText: 'As you recorded it; then rest your hands.',
  askedRight: (say: string) => `Good. That’s ${say}.`,
  askedOther: (say: string) => `This looks like ${say}. Have a look at your take, then once more.`,

  takes: (n: number) => (n === 1 ? '1 take' : `${n} takes`),
  showTakes: 'Takes',
  showTakesOf: (name: string) => `Takes of ${name}`,
  more: 'More takes',
  moreOf: (name: string) => `More takes of ${name}`,
  rename: 'Rename',
  renameOf: (name: string) => `Rename ${name}`,
  newName: (name: string) => `New name of ${name}`,
  save: 'Save',
  cancel: 'Cancel',
  remove: 'Delete',
  removeOf: (name: string) => `Delete ${name}`,
  removeTake: (n: number, name: string) => `Delete take ${n} of ${name}`,
  removeAsk: (name: string, takes: string) => `Delete ${name} and its ${takes}?`,
  keep: 'Keep',
  removed: (name: string) => `${name} is deleted.`,
  renamed: (name: string) => `It is ${name} now.`,

  filesTitle: 'Take them with you',
  filesText: 'A file with your signs, for another computer or for grandparents. Several people’s files can be imported: their takes join.',
  export: 'Export',
  import: 'Import…',
  removeAll: 'Delete all',
  removeAllAsk: 'Delete all your signs and takes? They are in this browser only; export them first if you may want them back.',
  removedAll: 'All your signs are deleted.',
  brought: (fresh: string[], more: string[]) =>
    [fresh.length ? `New: ${list(fresh)}.` : '', more.length ? `More takes for ${list(more)}.` : ''].filter(Boolean).join(' '),
  broughtNothing: 'You had everything in this file already.',
  notVocabulary: (file: string, why: string) => `${file} holds no signs that can be read (${why}). Export it again where it was made.`,
  newer: (file: string) => `${file} was made by another version of DeepSign. Load this page again, or update DeepSign, then import it.`,
  otherPoints: (file: string) => `${file} was taught from hands alone, and this page’s signs need hands and body. “deepsign predict --model” reads it.`,
}

function list(words: string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : (words[0] ?? '')
}
