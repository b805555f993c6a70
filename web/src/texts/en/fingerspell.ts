/** What Fingerspell says, in English. */

export const fingerspell = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Fingerspell',
}
