/** A value that survives JSON unchanged: what plans, records and documents are made of. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
