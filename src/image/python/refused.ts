/** What Python does not accept; the message says what. */
export class Refused extends Error {}
