/**
 * A key service couldn't be asked, or answered with what is no answer. The message is a sentence for
 * operators: it quotes nothing of what was sent or received.
 */
export class KeyServiceFault extends Error {
  override readonly name = 'KeyServiceFault';
}
