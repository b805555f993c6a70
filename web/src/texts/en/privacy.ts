/** What Privacy says, in English. */

export const privacy = {
  /** The view's name, in the navigation and as its heading. */
  title: 'Privacy',
  promise: 'Your camera picture is used on this device only. It is never uploaded, saved or sent to anyone.',
}
