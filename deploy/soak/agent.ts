import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { NetworkHost } from "@redis-operator/testbed";
import * as z from "zod";

/** A program of the soak's on a host of its own. */
export interface Agent extends AsyncDisposable {
  /** Has it do something and waits for what it says of it. @throws Error as it does, or if it has ended. */
  ask<Reply>(command: object, reply: z.ZodType<Reply>): Promise<Reply>;
}

/** Which program runs where. */
export interface AgentOptions {
  readonly host: NetworkHost;
  readonly program: "api-server" | "load" | "store";
  readonly options: unknown;
  /** What it reports unasked. */
  readonly onEvent?: (event: unknown) => void;
}

const message = z.union([
  z.object({ id: z.number(), reply: z.unknown() }),
  z.object({ id: z.number(), error: z.string() }),
  z.object({ event: z.unknown() }),
]);

/** Starts a program of `agents/`. */
export async function startAgent({ host, program, options, onEvent }: AgentOptions): Promise<Agent> {
  const path = fileURLToPath(new URL(`agents/${program}.ts`, import.meta.url));
  const { command, args } = host.command(process.execPath, [path, JSON.stringify(options)]);
  // Of a process group of its own, so that Ctrl-C leaves it here until it is no longer needed.
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true });
  const exited = once(child, "exit");
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  let hasEnded = false;
  child.on("message", (received) => {
    const content = message.parse(received);
    if ("event" in content) return onEvent?.(content.event);
    const asked = waiting.get(content.id);
    waiting.delete(content.id);
    if ("error" in content) asked?.reject(new Error(`${program}: ${content.error}`));
    else asked?.resolve(content.reply);
  });
  child.once("exit", () => {
    hasEnded = true;
    for (const asked of waiting.values()) asked.reject(new Error(`${program} ended by itself`));
  });
  await once(child, "spawn");

  return {
    async ask(order, reply) {
      if (hasEnded) throw new Error(`${program} ended by itself`);
      count += 1;
      const asked = Promise.withResolvers<unknown>();
      waiting.set(count, asked);
      child.send({ id: count, command: order });
      return reply.parse(await asked.promise);
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
