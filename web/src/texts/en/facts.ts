/** Three facts a sign: its shape, place and movement, for a right-handed signer. By bundle and gloss. */

export interface Fact {
  shape: string
  place: string
  movement: string
}
export type Facts = Record<string, Record<string, Fact>>

const STILL = 'Held still.'
const SHOULDER = 'In front of your shoulder, palm forward.'
const letter = (shape: string, place = SHOULDER, movement = STILL): Fact => ({ shape, place, movement })
const digit = (shape: string, place = 'In front of your shoulder. Counting, many turn the palm towards themselves.'): Fact => ({ shape, place, movement: STILL })

export const facts: Facts = {
  signs: {
    hello: { shape: 'Flat hand, fingers together.', place: 'Fingertips at the side of your forehead.', movement: 'Outward and away from your head, once, like a small salute.' },
    'thank you': { shape: 'Flat hand, palm towards you.', place: 'Fingertips at your chin.', movement: 'Forward and down, towards the person you thank.' },
    please: { shape: 'Flat hand, palm towards you.', place: 'On the middle of your chest.', movement: 'The palm rubs in a circle, once or twice.' },
    no: { shape: 'Thumb, index and middle finger out; the other two folded.', place: 'In front of your shoulder.', movement: 'The two fingers snap shut on the thumb. Shake your head as well.' },
    'i love you': { shape: 'Thumb, index and little finger up; the two between folded.', place: 'In front of your shoulder, palm forward.', movement: 'Held out towards the person, or rocked a little.' },
    father: { shape: 'Open hand, all five fingers spread.', place: 'The thumb’s tip at your forehead, fingers up.', movement: 'The thumb taps the forehead.' },
    happy: { shape: 'Flat hands, palms towards you; one hand will do.', place: 'On your chest.', movement: 'They brush upwards and off, twice. Smile.' },
    sad: { shape: 'Both hands open, fingers spread, palms towards you.', place: 'In front of your face.', movement: 'Both sink together, slowly. The face shows it too.' },
    bye: { shape: 'Open hand, palm forward.', place: 'Beside your shoulder.', movement: 'A wave; or the fingers fold and open, twice.' },
    hungry: { shape: 'Hand curved like a C, palm towards you.', place: 'High on your chest, under the throat.', movement: 'Straight down, once, towards the stomach.' },
    you: { shape: 'Index finger out, the others folded.', place: 'In front of your chest.', movement: 'Points at the person, and stops.' },
    my: { shape: 'Flat hand, palm towards you.', place: 'On the middle of your chest.', movement: 'Comes to the chest and rests there.' },
    name: { shape: 'Both hands: index and middle finger out, side by side.', place: 'In front of your chest, one pair across the other.', movement: 'The upper pair taps the lower one, twice.' },
    coffee: { shape: 'Two fists, one on the other.', place: 'In front of your chest.', movement: 'The upper fist circles, as if it turned a coffee mill.' },
    tea: { shape: 'Thumb and index finger meet, the others up; the other hand is round like a cup.', place: 'In front of your chest, one hand over the other.', movement: 'The pinched fingers dip into the cup and stir.' },
    water: { shape: 'Three fingers up, like a W; the thumb holds the little finger.', place: 'The index finger’s side at your chin.', movement: 'Taps the chin, twice.' },
    muffin: { shape: 'One hand curved, as if round a muffin; the other flat, palm up.', place: 'In front of you, one hand over the other.', movement: 'The curved hand comes down on the palm and up again. Signers differ in this one.' },
    small: { shape: 'Both hands flat, palms facing each other.', place: 'In front of you.', movement: 'They come together, and stop before they touch.' },
    medium: { shape: 'Both hands flat; the upper one stands on its edge.', place: 'In front of your chest.', movement: 'The upper hand’s edge taps the middle of the lower one, twice.' },
    large: { shape: 'Both hands a little curved, palms facing; many use two L shapes.', place: 'In front of your chest, close together.', movement: 'They go apart, wide.' },
    can: { shape: 'Two fists, knuckles forward.', place: 'In front of your shoulders.', movement: 'Both go down together, once, firmly.' },
    get: { shape: 'Both hands open, one above the other.', place: 'Out in front of you.', movement: 'They close to fists, one on the other, as you pull them in.' },
  },
  letters: {
    A: letter('A fist; the thumb stands at its side.'),
    B: letter('Four fingers straight up, together; the thumb lies across the palm.'),
    C: letter('Fingers and thumb curved, like the letter.'),
    D: letter('The index finger up; the others meet the thumb in a ring.'),
    E: letter('All fingers bent down onto the thumb.'),
    F: letter('Thumb and index finger make a ring; three fingers up, spread.'),
    G: letter('Index finger and thumb point sideways, a little apart.', 'In front of you, palm towards you.'),
    H: letter('Index and middle finger point sideways, together.', 'In front of you, palm towards you.'),
    I: letter('A fist with the little finger up.'),
    J: letter('A fist with the little finger up.', SHOULDER, 'The little finger draws a J: down, and a hook.'),
    K: letter('Index finger up, middle finger forward, the thumb between them.'),
    L: letter('Index finger up, thumb out: an L.'),
    M: letter('The thumb under three fingers.'),
    N: letter('The thumb under two fingers.'),
    O: letter('All fingertips meet the thumb: an O.'),
    P: letter('Like K, but pointing down.', 'In front of you, palm down.'),
    Q: letter('Like G, but pointing down.', 'In front of you, palm down.'),
    R: letter('Index and middle finger crossed.'),
    S: letter('A fist; the thumb lies across its front.'),
    T: letter('A fist; the thumb’s tip looks out between index and middle finger.'),
    U: letter('Index and middle finger up, together.'),
    V: letter('Index and middle finger up, spread.'),
    W: letter('Three fingers up, spread; the thumb holds the little finger.'),
    X: letter('A fist with the index finger bent like a hook.'),
    Y: letter('Thumb and little finger out, the others folded.'),
    Z: letter('The index finger out, the others folded.', SHOULDER, 'The finger draws a Z in the air.'),
  },
  digits: {
    0: digit('All fingertips meet the thumb, like O.', SHOULDER),
    1: digit('The index finger up.'),
    2: digit('Index and middle finger up, spread.'),
    3: digit('Thumb, index and middle finger up: the thumb counts.'),
    4: digit('Four fingers up, spread; the thumb folded.'),
    5: digit('All five fingers up, spread.'),
    6: digit('The thumb touches the little finger; the others up.', SHOULDER),
    7: digit('The thumb touches the ring finger; the others up.', SHOULDER),
    8: digit('The thumb touches the middle finger; the others up.', SHOULDER),
    9: digit('The thumb touches the index finger; the others up.', SHOULDER),
  },
}
