/** What an error says, to be put into a sentence: its message, or else its name. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
