/** Where long work says how far it is. Implementations draw a bar on a terminal and print plain lines elsewhere. */
export interface Progress {
  /**
   * Begins a step; the one before it counts as done.
   * @param total Amount of work in whatever unit `advance` counts, or undefined when it is not known.
   */
  step(label: string, total?: number): void;
  /** Adds finished work to the current step. */
  advance(amount: number): void;
  /** Ends the last step and leaves the output in order, after success and after failure. */
  finish(): void;
}

/** Says nothing: for tests. @internal */
export const SILENT_PROGRESS: Progress = {
  step: () => undefined,
  advance: () => undefined,
  finish: () => undefined,
};
