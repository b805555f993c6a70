/** What My signs says, in Spanish. */

import type { mySigns as en } from '../en/mySigns'

export const mySigns: typeof en = {
  title: 'Mis señas',
  intro: 'Enséñale a esta página una seña tuya: un nombre en señas, una seña de familia, una palabra que no conoce. Cinco tomas, medio minuto.',
  nothing: 'Aún no hay señas tuyas.',
  loading: 'Preparando lo que distingue las señas…',
  add: 'Añadir una seña',
  test: 'Probarlas',
  back: 'Volver a mis señas',
  notKept: 'Este navegador no guarda nada ahora (ventana privada o falta de espacio). Tus señas duran hasta que cierres la página: expórtalas antes.',

  name: 'Nombre de la seña',
  nameHint: 'Lo que quieres leer cuando se reconozca: «Abuela», «Buenas noches».',
  refused: {
    empty: 'Ponle un nombre a la seña.',
    taken: 'Ya tienes una seña con este nombre. Elige otro, o añade tomas a esa.',
    reserved: '«none» quiere decir «no es una seña que conozco». Elige otro nombre.',
  },
  consent: 'Estas grabaciones son puntos, no imágenes; se quedan en este navegador.',
  consentMissing: 'Marca primero la casilla: antes no se graba nada.',
  consentNote: 'Graba solo a quien esté de acuerdo. Puedes borrarlo todo aquí en cualquier momento.',
  record: 'Grabar cinco tomas',

  takeOf: (n, all) => `Toma ${n} de ${all}`,
  states: {
    wait: 'Descansa las manos: abajo o fuera de la imagen.',
    ready: (name) => `Ahora haz la seña ${name} y vuelve a descansar las manos.`,
    signing: 'Estoy mirando…',
    done: 'Ya está. Descansa las manos.',
  },
  unseen: 'En esa no se vio ninguna mano. Mantén las manos dentro de la imagen y hazla otra vez.',
  slot: (n) => `Toma ${n}`,
  play: (n) => `Toma ${n}: ver`,
  redo: (n) => `Toma ${n}, otra vez`,
  redoShort: 'Otra vez',
  got: (n, all) => `${n} de ${all} tomas grabadas.`,
  markBegin: 'Empezar una toma a mano',
  markEnd: 'Terminar esta toma',
  markNote: 'Las tomas empiezan y terminan solas cuando tus manos se mueven y descansan. Si no, usa este botón o la barra espaciadora.',
  enough: 'Con esto basta',

  restTitle: 'Ahora diez segundos sin hacer señas',
  rest: 'Quédate como entre seña y seña: siéntate, ráscate la nariz, mira alrededor. Así se comprueba que eso no se toma por tu seña. Solo se pide una vez.',
  restLeft: (s) => `Quedan ${s} segundos`,
  restSkip: 'Ahora no',

  readyTitle: (name) => `${name} está lista`,
  again: 'Otra vez, por favor',
  good: 'Sus tomas se parecen entre sí y no a tus otras señas.',
  restGood: 'El descanso no se toma por ella.',
  odd: (takes) => (takes.length > 1 ? `Las tomas ${list(takes.map(String))} no se parecen a las demás.` : `La toma ${takes[0]} no se parece a las demás.`),
  apart: 'Las tomas son tan distintas que apenas muestran una misma seña. Grábalas otra vez, todas de la misma manera.',
  like: (names) => `Se parece mucho a ${list(names)}; podrían confundirse.`,
  restTaken: 'Algo que hiciste al descansar se tomó por ella. Ayudaría un movimiento más amplio o más tomas.',
  next: 'Otra seña',
  recordAgain: 'Grabarlas todas otra vez',

  tryTitle: 'Haz una de tus señas',
  tryText: 'A todo lo demás debería responder «no es una seña que conozco».',
  answer: (say, word) => `${say}: ${word}`,
  heard: 'Lo que se vio',

  takes: (n) => (n === 1 ? '1 toma' : `${n} tomas`),
  showTakes: 'Tomas',
  showTakesOf: (name) => `Tomas de ${name}`,
  more: 'Más tomas',
  moreOf: (name) => `Más tomas de ${name}`,
  rename: 'Cambiar el nombre',
  renameOf: (name) => `Cambiar el nombre de ${name}`,
  newName: (name) => `Nuevo nombre de ${name}`,
  save: 'Guardar',
  cancel: 'Cancelar',
  remove: 'Borrar',
  removeOf: (name) => `Borrar ${name}`,
  removeTake: (n, name) => `Borrar la toma ${n} de ${name}`,
  removeAsk: (name, takes) => `¿Borrar ${name} y ${takes}?`,
  keep: 'Conservar',
  removed: (name) => `${name} se ha borrado.`,
  renamed: (name) => `Ahora se llama ${name}.`,
  practise: 'Practicarlas',

  filesTitle: 'Llévatelas',
  filesText: 'Un archivo con tus señas, para otro ordenador, para los abuelos o para «deepsign predict clip.mp4 --model mysigns.json». Se pueden importar los de varias personas: sus tomas se juntan.',
  export: 'Exportar',
  import: 'Importar…',
  removeAll: 'Borrar todo',
  removeAllAsk: '¿Borrar todas tus señas y tomas? Solo están en este navegador; expórtalas antes si quizá las quieras de vuelta.',
  removedAll: 'Todas tus señas se han borrado.',
  brought: (fresh, more) =>
    [fresh.length ? `Nuevas: ${list(fresh)}.` : '', more.length ? `Más tomas de ${list(more)}.` : ''].filter(Boolean).join(' '),
  broughtNothing: 'Ya tenías todo lo de este archivo.',
  notVocabulary: (file, why) => `${file} no contiene señas que se puedan leer (${why}). Expórtalo otra vez donde se hizo.`,
  newer: (file) => `${file} se hizo con otra versión de DeepSign. Vuelve a cargar esta página o actualiza DeepSign y luego impórtalo.`,
  otherPoints: (file) => `${file} se enseñó solo con las manos, y las señas de esta página necesitan manos y cuerpo. «deepsign predict --model» lo lee.`,
}

function list(words: string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} y ${words.at(-1)}` : (words[0] ?? '')
}
