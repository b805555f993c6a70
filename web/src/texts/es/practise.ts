/** What Practise says, in Spanish. Never "mal": a sign is good, nearly there, like another, or not sure. */

import type { practise as en } from '../en/practise'

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

export const practise: typeof en = {
  title: 'Practicar',
  what: 'Qué practicar',
  how: 'Cómo',
  sign: 'Hacer la seña',
  read: 'Entenderla',
  gestures: 'Gestos',

  loading: 'Preparando las señas…',
  signThis: 'Haz esta seña',
  fresh: 'nueva',
  progress: (done, of) => `${done} de ${of}`,
  fromMemory: 'De memoria',
  fromMemoryNote: 'El clip queda oculto hasta que lo pidas.',
  random: 'Una seña al azar',
  now: 'Ahora',
  over: 'Ya está',
  check: '¿Es esta?',
  space: 'espacio',
  showMe: 'Enséñamela',
  skip: 'Saltar',
  wasRight: 'Creo que estaba bien',
  wasRightNote: 'Se anota solo en este dispositivo. Pasamos a la siguiente.',
  withoutCamera: 'Practicar sin cámara',
  cameraFirst: 'Enciende la cámara cuando quieras.',
  watchClip: 'Mírala una vez…',
  noClip: 'Todavía no hay un dibujo de esta seña.',
  moved: {
    wait: 'Deja descansar las manos un momento.',
    ready: 'Te toca.',
    signing: 'Te miro…',
    done: 'Descansa las manos y repite.',
    recording: 'Te miro…',
  },
  held: {
    wait: 'Muéstrala a la cámara.',
    ready: 'Muéstrala a la cámara.',
    signing: 'Mantenla…',
    done: 'Otra vez, cuando quieras.',
    recording: 'Mantenla…',
  },

  good: (say) => `Bien. Eso es ${say}.`,
  looksLike: (other) => `Esto se parece a ${other}.`,
  butIs: (say, fact) => `${say}: ${fact}`,
  notSure: 'No lo tengo claro. Otra vez, un poco más despacio.',
  unseen: 'No he visto ninguna mano. Mantenla dentro de la imagen.',
  slowly: 'Aquí va, despacio.',
  yours: 'Tú',
  reference: 'La seña',
  notKept: 'Este navegador no guarda nada: lo que aprendas dura hasta que cierres la página. Las ventanas privadas hacen eso.',

  done: 'Por ahora, eso es todo',
  doneSigns: (signs, fresh) => `Has practicado ${count(signs, 'seña', 'señas')}${fresh ? `, ${count(fresh, 'nueva', 'nuevas')}` : ''}.`,
  nothingDue: 'No toca nada todavía',
  nothingDueText: 'Lo que sabes sigue fresco.',
  comesBack: (when) => `La próxima vuelve ${when}.`,
  more: 'Otros cinco minutos',
  anyway: 'Practicar de todos modos',
  learnMore: 'Ver señas',

  notAsked: (n) => `${count(n, 'seña no se pide', 'señas no se piden')} aquí, y por qué`,
  reasons: {
    quality: (percent) => `hecha bien por personas que nunca había visto, se reconoció ${percent} veces de 100`,
    motion: 'es un movimiento, y estas señas se distinguen por cómo se mantiene la mano',
    doubtful: 'ninguna grabación que se pueda mostrar la hace como debe; lo aprendido puede ser otra seña',
    bar: 'no tiene una medida para decir «sí, era esa»',
  },
  notAskedNote: 'Están en Aprender y en «Entenderla».',

  quiz: {
    question: '¿Qué seña es esta?',
    right: (say) => `Sí, es ${say}.`,
    other: (say) => `Es ${say}. Volverá pronto.`,
    next: 'Siguiente',
    none: 'Todavía no hay dibujos de estas señas, así que no hay entre qué elegir.',
    keys: 'Las teclas 1 a 4 eligen; Intro sigue.',
    score: (right, of) => `${right} de ${of} entendidas.`,
  },

  warmup: {
    intro: 'Un calentamiento para las manos y la cámara. Son gestos, no señas: no pertenecen a ninguna lengua.',
    show: (name) => `Muestra: ${name}`,
    done: 'Ya en calor. ¿Y ahora una seña?',
    again: 'Otra vez',
    loading: 'Preparando los gestos: 8 MB, una sola vez.',
    names: {
      Thumb_Up: 'pulgar arriba',
      Thumb_Down: 'pulgar abajo',
      Open_Palm: 'palma abierta',
      Closed_Fist: 'puño cerrado',
      Pointing_Up: 'señalar arriba',
      Victory: 'victoria',
      ILoveYou: 'te quiero',
    },
  },

  progressFile: {
    title: 'Tu progreso',
    note: 'Se queda en este navegador. Guárdalo como archivo para llevarlo a otro.',
    save: 'Guardar como archivo',
    load: 'Cargar un archivo…',
    loaded: (cards) => (cards ? `${count(cards, 'seña puesta', 'señas puestas')} al día.` : 'Todo lo que contiene ya se sabía aquí.'),
    refused: {
      'no-json': () => 'Este archivo no contiene progreso: no se puede leer. Elige el que guardó DeepSign.',
      other: () => 'Este archivo es otra cosa. Elige el que DeepSign guardó como deepsign-progress.json.',
      newer: () => 'Este archivo lo guardó un DeepSign más nuevo. Actualiza este y vuelve a cargarlo.',
      damaged: (where) => `Este archivo está dañado en «${where}», así que no se tomó nada de él. Carga una copia anterior.`,
    },
  },
}
