/** Words one after another, as a sentence lists them: "A, B and C". */
export const listed = (words: readonly string[], and: string): string => (words.length > 1 ? `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1)}` : (words[0] ?? ''))
