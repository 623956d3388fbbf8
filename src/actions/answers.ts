/** What the verbs answer. The types stand in the model, since reports show them and import nothing else. */
export type * from "../model/answers.ts";
