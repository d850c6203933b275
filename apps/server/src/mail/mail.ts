/** A mail to one person, as plain text: every client shows it, and no link hides behind another. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Takes mails for delivery. Rejects if one could not be handed over. */
export interface MailTransport {
  deliver(mail: Mail): Promise<void>;
  close(): void;
}
