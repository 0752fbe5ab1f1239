/** What a command may touch of the process it runs in. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For results: tables, JSON. */
  readonly stdout: NodeJS.WritableStream;
  /** For people: progress, what to open, what went wrong. */
  readonly stderr: NodeJS.WriteStream;
}
