/** Which view stands in the page: the part of the address after #/, so that it works from any web host and offline. */

export const VIEWS = ['learn', 'practise', 'fingerspell', 'recognise', 'my-signs', 'models', 'settings', 'privacy'] as const
export type View = (typeof VIEWS)[number]

export class Route {
  view = $state<View>('learn')
  /** What stands after the ?, as in #/practise?sign=father. */
  params = $state.raw(new URLSearchParams())

  /** Follows an address's hash; what names no offered view shows the first one that is. */
  follow(hash: string, offered: readonly View[]): void {
    const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
    this.view = offered.find((view) => view === path) ?? offered[0]!
    this.params = new URLSearchParams(query)
  }
}

export const route = new Route()

/** The address of a view, for links. */
export function hrefOf(view: View, params: Record<string, string> = {}): string {
  const query = new URLSearchParams(params).toString()
  return `#/${view}${query && `?${query}`}`
}

/** Goes to a view. */
export function go(view: View, params: Record<string, string> = {}): void {
  location.hash = hrefOf(view, params)
}
