const clearLine = "\r\u001b[2K";

/** One step of the tour. */
export interface Step<Result> {
  readonly title: string;
  readonly run: () => Promise<Result>;
  /** What is worth telling about the result. */
  readonly describe?: (result: Result) => string;
}

/** Runs a step with live progress: its title while it runs, then the outcome and what it found. */
export async function runStep<Result>({ title, run, describe = () => "" }: Step<Result>): Promise<Result> {
  const startedAt = performance.now();
  // Where nobody watches, a line that is rewritten is only noise.
  if (process.stdout.isTTY) process.stdout.write(`… ${title}`);
  try {
    const result = await run();
    const found = describe(result);
    report(
      "✓",
      `${title}${found === "" ? "" : `: ${found}`} (${Math.round(performance.now() - startedAt)} ms)`,
    );
    return result;
  } catch (error) {
    report("✗", title);
    throw error;
  }
}

function report(mark: string, text: string): void {
  process.stdout.write(`${process.stdout.isTTY ? clearLine : ""}${mark} ${text}\n`);
}
