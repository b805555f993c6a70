/** The page's words. Another language is another file beside en.ts, chosen here. */
export { en as t } from './en'
