/** What an error says, for the sentence of ours that it stands in: its message, or else its name. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
