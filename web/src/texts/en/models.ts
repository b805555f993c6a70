/** What Models says, in English. */

export const models = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Models',
}
