/** What more than one view says, in Spanish, and what Recognise says. */

import type { common as en } from '../en/common'
import { listed } from '../list'

export const common: typeof en = {
  name: 'DeepSign',
  skip: 'Saltar al contenido',
  mainNav: 'Vistas',
  moreNav: 'Información y ajustes',
  titleOf: (view) => `${view} · DeepSign`,
  viewFailed: 'Esta vista no se ha cargado. Puede que no haya red o que haya una versión nueva.',
  reload: 'Cargar la página de nuevo',
  newVersion: 'Hay una versión nueva. Tu progreso se conserva.',
  loadNewVersion: 'Cargarla ahora',

  loading: 'Preparando el seguimiento de la mano…',
  loadingNote: 'Unos diez segundos la primera vez.',
  emptyTitle: 'Cuando quieras',
  emptyText: 'Enciende la cámara y muestra una mano, o suelta aquí una foto o un vídeo.',
  emptyTextMoving: 'Enciende la cámara, siéntate de modo que se vean los dos hombros y haz la seña de una palabra. O suelta aquí un vídeo.',
  startCamera: 'Encender la cámara',
  stopCamera: 'Parar',
  record: 'Grabar',
  recordEnd: 'Parar y leerlo',
  askingTitle: 'Tu navegador pregunta',
  asking: 'Elige «Permitir» donde el navegador pregunta por la cámara, normalmente arriba a la izquierda.',
  chooseFile: 'Foto o vídeo…',
  dropHere: 'Suelta para leerlo',
  mirror: 'Espejo',
  model: 'Señas',
  bundleNames: { letters: 'Letras', digits: 'Números', signs: 'Palabras' },

  noHandTitle: 'No se ve ninguna mano',
  noHand: 'Muestra una mano donde está esta silueta, con la palma hacia la cámara, a la distancia de un brazo.',
  noHandPhoto: 'No se encontró ninguna mano en esta foto. Usa una en la que se vea la mano entera, con buena luz y no muy pequeña.',
  noHandVideo: 'No se encontró ninguna mano en este vídeo. Usa uno en el que se vea la mano entera, con buena luz.',
  noBodyTitle: 'No se ven tus hombros',
  noBody: 'Échate hacia atrás hasta que la cabeza, los dos hombros y las manos quepan en la imagen.',
  noBodyVideo: 'No se encontraron hombros en este vídeo. Usa uno que muestre a la persona de la cabeza a la cintura.',
  photoMoves: 'Estas señas son movimientos y una foto no puede mostrarlos. Usa la cámara o un vídeo.',
  noKnownSignVideo: 'En este vídeo no se encontró ninguna seña que yo conozca.',
  noSignVideo: 'En este vídeo ninguna seña se mantuvo medio segundo. Arriba está la lectura más segura del conjunto.',

  answer: 'Respuesta',
  waiting: 'La respuesta aparece aquí.',
  showHand: 'Muestra una mano.',
  unknown: 'No es una seña que yo conozca',
  rankingMore: (count) => `Las ${count} más cercanas`,
  unknownNote: 'Las más parecidas, pero sin seguridad suficiente:',
  ranking: 'Lo que podría ser',
  sure: 'segura',
  maybe: 'quizá',
  unsure: 'no segura',
  signNow: 'El nombre de la seña aparece aquí.',
  states: {
    wait: 'Deja descansar las manos un momento, abajo o fuera de la imagen.',
    ready: 'Lista: haz la seña cuando quieras.',
    signing: 'Estoy mirando…',
    done: 'Ya está.',
  },
  notSure: 'No estoy segura. Inténtalo otra vez, un poco más despacio.',
  knownSigns: (count) => `Las ${count} palabras que puedo reconocer`,
  holdOn: 'Mantenla…',
  counted: 'Ya está.',
  needsMotion: (signs, as) =>
    `${list(signs)} ${signs.length > 1 ? 'se hacen' : 'se hace'} con movimiento, así que una foto no puede distinguir${signs.length > 1 ? 'las' : 'la'} de ${as}. Usa la cámara o un vídeo.`,
  says: (say, word, percent) => `${say}: ${word}, ${percent} %`,

  spelled: 'Anotado',
  nothingSpelled: 'Mantén una seña un momento y se anota aquí.',
  nothingWritten: 'Cada palabra reconocida se anota aquí.',
  deleteLast: 'Borrar la última',
  clear: 'Vaciar',

  readingPhoto: 'Mirando la foto…',
  reading: (percent) => `Leyendo el vídeo: ${percent} %`,
  cancel: 'Cancelar',
  found: 'Señas encontradas',
  seek: (say, at) => `${say}, en ${at}: mostrar`,
  firstSeconds: (seconds) => `Se leyeron los primeros ${seconds} segundos.`,

  perSecond: (count) => `${count} imágenes por segundo`,
  progressFile: {
    title: 'Tu progreso',
    note: 'Se queda en este navegador. Guárdalo como archivo para llevarlo a otro.',
    save: 'Guardarlo en un archivo',
    load: 'Añadirlo de un archivo…',
    loaded: (cards) => (cards ? `${cards} ${cards === 1 ? 'seña puesta' : 'señas puestas'} al día.` : 'Todo lo que contiene ya se sabía aquí.'),
    refused: {
      'no-json': () => 'Este archivo no contiene progreso: no se puede leer. Elige el que guardó DeepSign.',
      other: () => 'Este archivo es otra cosa. Elige el que empieza por deepsign-progress.',
      newer: () => 'Este archivo lo guardó un DeepSign más nuevo. Actualiza este y vuelve a cargarlo.',
      damaged: (where) => `Este archivo está dañado en «${where}», así que no se tomó nada de él. Carga una copia anterior.`,
    },
  },

  offline: 'Apaga la red y sigue funcionando.',
  aid: 'DeepSign ayuda a aprender la lengua de señas americana (ASL). Una mano dibujada es un esquema, no una persona que hace señas.',

  retry: 'Intentar de nuevo',
  otherFile: 'Elegir otro archivo',
  what: 'Qué ha pasado',
  problems: {
    'camera-denied': {
      title: 'La cámara no está permitida',
      steps: [
        'Pulsa el símbolo a la izquierda de la dirección (una cámara, un candado o dos reguladores).',
        'Pon Cámara en «Permitir».',
        'Vuelve aquí e inténtalo de nuevo. En Mac y en Windows, los ajustes de privacidad del sistema también deben permitírsela al navegador.',
      ],
    },
    'camera-missing': {
      title: 'No se encontró ninguna cámara',
      steps: ['Conecta una cámara, o abre su tapa o su interruptor, e inténtalo de nuevo.', 'Sin cámara, elige una foto o un vídeo: funciona igual de bien.'],
    },
    'camera-in-use': {
      title: 'Otro programa está usando la cámara',
      steps: ['Cierra el otro programa o la otra pestaña: quizá una videollamada.', 'Después inténtalo de nuevo.'],
    },
    'camera-lost': {
      title: 'La cámara se paró',
      steps: ['Se desconectó, o la tomó otro programa.', 'Compruébala e inténtalo de nuevo.'],
    },
    'insecure-address': {
      title: 'Los navegadores no dan la cámara a esta dirección',
      steps: [
        'Abre DeepSign en el ordenador en el que funciona, en http://localhost:8000.',
        'Para usarlo desde otro dispositivo, tiene que servirse por HTTPS.',
        'Las fotos y los vídeos funcionan aquí de todos modos.',
      ],
    },
    'unsupported-browser': {
      title: 'Este navegador no puede con DeepSign',
      steps: ['Usa Chrome o Edge 114, Firefox 115, Safari 17 o más nuevos.', 'Si el tuyo lo es, activa la «aceleración gráfica» en sus ajustes.'],
    },
    'tracker-failed': {
      title: 'El seguimiento de la mano no se cargó',
      steps: ['Comprueba que DeepSign sigue funcionando en su ventana e inténtalo de nuevo.', 'Si no cambia, ejecuta «deepsign doctor»: dice qué falta.'],
    },
    'no-bundles': {
      title: 'No hay señas instaladas',
      steps: ['Comprueba que DeepSign sigue funcionando en su ventana e inténtalo de nuevo.', 'Si no cambia, ejecuta «deepsign models»: muestra lo que está instalado.'],
    },
    'bundle-failed': {
      title: 'Estas señas no se cargaron',
      steps: ['Inténtalo de nuevo. Si no cambia, instala DeepSign otra vez: falta un archivo o ha cambiado.'],
    },
    'file-unreadable': {
      title: 'Esta foto no se puede leer aquí',
      steps: ['Guárdala como JPEG o PNG y elígela de nuevo.', 'Las fotos HEIC se abren en Safari y con «deepsign predict ARCHIVO».'],
    },
    'video-unreadable': {
      title: 'Este vídeo no se puede reproducir aquí',
      steps: ['Guárdalo como MP4 (H.264) o WebM y elígelo de nuevo.', '«deepsign predict ARCHIVO» lee más tipos.'],
    },
    'not-a-picture': {
      title: 'Esto no es ni una foto ni un vídeo',
      steps: ['Elige una foto JPEG, PNG o WebP, o un vídeo MP4, MOV o WebM.'],
    },
  },
}

const list = (words: readonly string[]): string => listed(words, 'y')
