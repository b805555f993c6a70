/** What Privacy says, in English. */

export const privacy = {
  title: 'Privacy',
  promise: 'Your camera picture is used on this device only. It is never uploaded, saved or sent to anyone.',
  kept: 'Your progress and the signs you record stay in this browser; delete them here.',
  nobody: 'There are no accounts, no statistics about you, and nothing is loaded from elsewhere.',
  here: 'What this browser keeps',
  things: [
    'your choices in Settings',
    'your progress: which signs come back when, and how each went',
    'your own signs: points of hands and shoulders, never a picture',
    'the page itself, so that it works without a network',
  ],
  progress: 'Take your progress along',
  goodbye: 'Leave nothing behind',
  forget: 'Delete everything here…',
  sureTitle: 'Delete your choices, your progress and your own signs?',
  sure: 'They can’t be brought back, unless you have saved them as a file before.',
  yes: 'Delete everything',
  no: 'Keep it',
  failed: 'This browser did not allow it. Its own “clear site data” does the same.',
  deleted: 'Everything is deleted.',
  how: 'How it is kept so',
  means: [
    'The page may ask only the address it came from: your browser enforces that, whatever the page would want.',
    'That address only gives. Nothing there takes a picture or a video in.',
    'Faces are not drawn, and nothing about them is used or kept.',
  ],
  seeCount: 'See the count of requests sent elsewhere',
}
