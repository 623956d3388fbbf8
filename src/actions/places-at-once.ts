/** How many places are read or changed at the same time. */
export const placesAtOnce = 50;
