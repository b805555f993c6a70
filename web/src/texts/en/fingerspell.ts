/** What Fingerspell says, in English. */

import { listed } from '../list'

export const fingerspell = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Fingerspell',
  modes: 'Spell or read',
  spell: 'Spell',
  read: 'Read',

  intro: 'Spell a name, letter by letter, before the camera. Hold each letter until its ring is full.',
  word: 'A word or a name',
  wordHint: 'Up to 12 letters. A child’s name is a good one.',
  go: 'Spell it',
  spelledAs: (letters: string) => `Spelled ${letters}`,
  plain: (pairs: { from: string; to: string }[]) => `ASL’s alphabet has no marks: ${list(pairs.map(({ from, to }) => `${from} is spelled ${[...to].join('-')}`))}.`,
  silent: 'Spaces, hyphens and the like aren’t spelled.',
  digits: 'Numbers have signs of their own, so they are left out.',
  unknown: (chars: string[]) => `ASL’s alphabet has the letters A to Z; ${list(chars)} ${chars.length > 1 ? 'are' : 'is'} not among them and left out.`,
  tooLong: (count: number) => `That is ${count} letters; 12 is the most. Try a shorter one, or spell it in two parts.`,
  noLetters: 'Type a word with at least one letter from A to Z.',
  loading: 'Getting the letters ready…',

  letterOf: (letter: string, n: number, all: number) => `${letter}, letter ${n} of ${all}`,
  done: 'done',
  skipped: 'skipped',
  now: 'now',
  showHand: 'Show a hand.',
  hold: 'Hold it…',
  again: (letter: string) => `Again ${letter}: slide your hand a little to the side, or open it for a moment.`,
  motion: (letter: string) => `${letter} moves: draw it in the air.`,
  tryLetter: (letter: string) => `Make ${letter}.`,
  looks: (other: string) => `This looks like ${other}.`,
  looksLike: (other: string, letter: string, shape: string) => `This looks like ${other}. ${letter}: ${lower(shape)}`,
  shape: (letter: string, shape: string) => `${letter}: ${lower(shape)}`,
  counted: (letter: string, next: string | null) => (next === null ? `${letter}, done.` : `${letter}, done. Next: ${next}.`),
  skip: 'Skip',
  hide: 'Hide picture',
  showMe: 'Show me',
  otherWord: 'New word',

  finished: (word: string) => `You spelled ${word}.`,
  took: (seconds: number) => (seconds < 60 ? `It took ${count(seconds, 'second')}.` : `It took ${count(Math.floor(seconds / 60), 'minute')}${seconds % 60 ? ` and ${count(seconds % 60, 'second')}` : ''}.`),
  leftOut: (letters: string[]) => `Left out this time: ${list(letters)}.`,
  allSkipped: 'All letters were skipped. Have a look at the pictures, then try again.',
  once: 'Once more',

  readIntro: 'The page spells a word; you type what you read. No camera needed.',
  speed: 'Speed',
  speeds: { slow: 'Slow', middle: 'Middle', quick: 'Quick' },
  start: 'Show a word',
  playAgain: 'Look again',
  nextLetter: 'Next letter',
  yourAnswer: 'What was spelled?',
  check: 'Check',
  right: (word: string) => `Yes: ${word}.`,
  notYet: 'Not yet. Look once more, perhaps slower.',
  sameLength: (count: number) => `It has ${count} letters.`,
  reveal: 'Show the word',
  revealed: (word: string) => `It was ${word}.`,
  nextWord: 'Next word',
  picture: 'A hand that spells',
  spelling: (n: number, all: number) => `Letter ${n} of ${all}`,
  noPictures: 'The pictures of the letters did not load. Try again once the server answers.',
  /** To be read letter by letter. Short, known to children, no doubtful spelling. */
  words: [
    'CAT', 'DOG', 'SUN', 'MILK', 'BOOK', 'TREE', 'FISH', 'BIRD', 'MOON', 'STAR', 'BALL', 'CAKE', 'RAIN', 'SNOW', 'SHOE', 'DUCK',
    'BEAR', 'LION', 'FROG', 'GAME', 'HOME', 'JUMP', 'KITE', 'LOVE', 'NEST', 'QUIZ', 'VAN', 'WAVE', 'YES', 'ZOO', 'APPLE', 'BREAD',
    'CHAIR', 'DANCE', 'HAPPY', 'HOUSE', 'JUICE', 'MUSIC', 'PIZZA', 'QUEEN', 'RIVER', 'SMILE', 'TIGER', 'WATER', 'FAMILY', 'GARDEN',
    'SCHOOL', 'RABBIT', 'YELLOW', 'ORANGE',
  ],
}

const lower = (text: string): string => text[0]!.toLowerCase() + text.slice(1)

const count = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`

const list = (words: readonly string[]): string => listed(words, 'and')
