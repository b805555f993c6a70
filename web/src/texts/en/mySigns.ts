/** What My signs says, in English. */

export const mySigns = {
  /** The view's name, in the navigation and as its heading. */
  title: 'My signs',
}
