import { setTimeout as pause } from "node:timers/promises";
import { InstanceError } from "../errors.ts";

/** Lets one piece of work run at a time, and refuses every other meanwhile. */
export interface OneAtATime {
  /**
   * Runs `work`.
   *
   * @param what - Names it, for the one that is refused meanwhile: `backup nightly`.
   * @throws InstanceError `BACKUP_IN_PROGRESS` at once, before `work` is called.
   */
  run<Value>(what: string, work: () => Promise<Value>): Promise<Value>;
  /** Waits until nothing runs, however that ends, for `timeoutMs` at the most. */
  idle(options: { readonly timeoutMs: number }): Promise<void>;
}

/** Creates a {@link OneAtATime}. */
export function createOneAtATime(): OneAtATime {
  let running: { readonly what: string; readonly ended: Promise<void> } | undefined;
  return {
    run(what, work) {
      if (running !== undefined) {
        const message = `starting ${what} failed: ${running.what} is running`;
        throw new InstanceError("BACKUP_IN_PROGRESS", message);
      }
      const end = () => {
        running = undefined;
      };
      const outcome = work();
      running = { what, ended: outcome.then(end, end) };
      return outcome;
    },
    async idle({ timeoutMs }) {
      await Promise.race([running?.ended, pause(timeoutMs, undefined, { ref: false })]);
    },
  };
}
