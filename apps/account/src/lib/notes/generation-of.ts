/** The generation of the master key that an encrypted value names; the older format only knows the first. */
export function generationOf(value: string): number | undefined {
  if (value.startsWith('enc:1:')) return 1;
  const generation = /^enc:2:([0-9]+)\./.exec(value)?.[1];
  return generation === undefined ? undefined : Number(generation);
}
