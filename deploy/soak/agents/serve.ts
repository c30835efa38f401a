/** The options that an agent was started with. */
export function readAgentOptions(): unknown {
  return JSON.parse(process.argv[2] ?? "{}");
}

/** Answers the commands of whoever started this agent; it ends when that one goes away. @returns What reports unasked. */
export function serve(answer: (command: unknown) => Promise<unknown>): (event: unknown) => void {
  process.on("message", (received) => void reply(received));
  process.once("disconnect", () => process.exit());

  async function reply(received: unknown): Promise<void> {
    if (typeof received !== "object" || received === null || !("id" in received)) return;
    const { id } = received;
    const command = "command" in received ? received.command : undefined;
    try {
      process.send?.({ id, reply: (await answer(command)) ?? null });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }

  return (event) => void (process.connected && process.send?.({ event }));
}
