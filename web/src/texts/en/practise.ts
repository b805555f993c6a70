/** What Practise says, in English. */

export const practise = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Practise',
}
