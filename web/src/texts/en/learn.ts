/** What Learn says, in English. */

export const learn = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Learn',
}
