/** A mail to one person, as plain text: every client shows it, and no link hides behind another. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Takes mails for delivery. */
export interface MailTransport {
  /** Rejects if the mail could not be handed over, or `signal` aborts before it is. */
  deliver(mail: Mail, signal: AbortSignal): Promise<void>;
  close(): void;
}
