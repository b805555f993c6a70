/** What Fingerspell says, in Spanish. */

import type { fingerspell as en } from '../en/fingerspell'
import { listed } from '../list'

export const fingerspell: typeof en = {
  title: 'Deletrear',
  modes: 'Deletrear o leer',
  spell: 'Deletrear',
  read: 'Leer',

  intro: 'Deletrea un nombre, letra por letra, ante la cámara. Mantén cada letra hasta que se llene su anillo.',
  word: 'Una palabra o un nombre',
  wordHint: 'Hasta 12 letras. El nombre de un niño va muy bien.',
  go: 'Deletrearla',
  spelledAs: (letters) => `Se deletrea ${letters}`,
  plain: (pairs) => `El alfabeto de la ASL no tiene tildes: ${list(pairs.map(({ from, to }) => `${from} se deletrea ${[...to].join('-')}`))}.`,
  silent: 'Los espacios, guiones y demás no se deletrean.',
  digits: 'Los números tienen sus propias señas, así que se omiten.',
  unknown: (chars) => `El alfabeto de la ASL tiene las letras de la A a la Z; ${list(chars)} no ${chars.length > 1 ? 'están entre ellas y se omiten' : 'está entre ellas y se omite'}.`,
  tooLong: (count) => `Son ${count} letras; 12 es lo máximo. Prueba con una más corta o deletréala en dos partes.`,
  noLetters: 'Escribe una palabra con al menos una letra de la A a la Z.',
  loading: 'Preparando las letras…',

  letterOf: (letter, n, all) => `${letter}, letra ${n} de ${all}`,
  done: 'hecha',
  skipped: 'saltada',
  now: 'ahora',
  showHand: 'Muestra una mano.',
  hold: 'Mantenla…',
  again: (letter) => `Otra vez ${letter}: desliza un poco la mano hacia un lado o ábrela un momento.`,
  motion: (letter) => `La ${letter} se mueve: dibújala en el aire.`,
  tryLetter: (letter) => `Haz la ${letter}.`,
  looks: (other) => `Esto parece una ${other}.`,
  looksLike: (other, letter, shape) => `Esto parece una ${other}. ${letter}: ${lower(shape)}`,
  shape: (letter, shape) => `${letter}: ${lower(shape)}`,
  counted: (letter, next) => (next === null ? `${letter}, hecha.` : `${letter}, hecha. Ahora: ${next}.`),
  skip: 'Saltar',
  hide: 'Sin dibujo',
  showMe: 'Enséñamela',
  otherWord: 'Otra palabra',

  finished: (word) => `Has deletreado ${word}.`,
  took: (seconds) => (seconds < 60 ? `Has tardado ${count(seconds, 'segundo')}.` : `Has tardado ${count(Math.floor(seconds / 60), 'minuto')}${seconds % 60 ? ` y ${count(seconds % 60, 'segundo')}` : ''}.`),
  leftOut: (letters) => `Sin hacer esta vez: ${list(letters)}.`,
  allSkipped: 'Has saltado todas las letras. Mira los dibujos y prueba otra vez.',
  once: 'Otra vez',

  readIntro: 'La página deletrea una palabra; tú escribes lo que lees. No hace falta cámara.',
  speed: 'Velocidad',
  speeds: { slow: 'Lenta', middle: 'Media', quick: 'Rápida' },
  start: 'Mostrar una palabra',
  playAgain: 'Mirar otra vez',
  nextLetter: 'Letra siguiente',
  yourAnswer: '¿Qué se ha deletreado?',
  check: 'Comprobar',
  right: (word) => `Sí: ${word}.`,
  notYet: 'Todavía no. Mira otra vez, quizá más despacio.',
  sameLength: (count) => `Tiene ${count} letras.`,
  reveal: 'Mostrar la palabra',
  revealed: (word) => `Era ${word}.`,
  nextWord: 'Otra palabra',
  picture: 'Una mano que deletrea',
  spelling: (n, all) => `Letra ${n} de ${all}`,
  noPictures: 'Los dibujos de las letras no se han cargado. Prueba otra vez cuando el servidor responda.',
  words: [
    'SOL', 'MAR', 'PAN', 'GATO', 'LUNA', 'CASA', 'PATO', 'FLOR', 'AGUA', 'AMOR', 'AZUL', 'BOCA', 'CUNA', 'DEDO', 'GLOBO', 'HOJA',
    'ISLA', 'JUGO', 'LEON', 'MANO', 'NUBE', 'OJO', 'PERRO', 'QUESO', 'RANA', 'TREN', 'UVA', 'VACA', 'YATE', 'ZORRO', 'ABUELA', 'BEBE',
    'CIELO', 'DULCE', 'FELIZ', 'JIRAFA', 'LECHE', 'LIBRO', 'MESA', 'NIDO', 'PLAYA', 'SILLA', 'TIGRE', 'VERDE', 'ZAPATO', 'AMIGO',
  ],
}

const lower = (text: string): string => text[0]!.toLowerCase() + text.slice(1)

const count = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`

const list = (words: readonly string[]): string => listed(words, 'y')
