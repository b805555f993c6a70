/** What Settings says, in English. */

export const settings = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Settings',
}
