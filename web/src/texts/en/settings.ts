/** What Settings says, in English. */

export const settings = {
  title: 'Settings',
  kept: 'Choices hold at once. They are kept in this browser only.',
  camera: 'You and the camera',
  mirror: 'Show me as in a mirror',
  mirrorNote: 'Only what you see is mirrored. What is judged is always your hand as it is.',
  reading: 'Reading and looking',
  textSize: 'Text size',
  textSizes: { usual: 'Usual', large: 'Large', larger: 'Larger' },
  contrast: 'Contrast',
  motion: 'Movement on the page',
  asSystem: 'As my system says',
  more: 'More',
  less: 'Less',
  language: 'Language of the page',
  languageNote: 'The signs stay American Sign Language.',
}
