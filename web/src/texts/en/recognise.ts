/** What Recognise says, in English. */

export const recognise = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Recognise',
}
