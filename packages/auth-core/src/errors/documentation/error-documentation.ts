/** What docs/errors.md says of a code. For readers only: nothing at run time imports it. */
export interface ErrorDocumentation {
  readonly meaning: string;
  readonly userSees: string;
  readonly operatorDoes: string;
}
