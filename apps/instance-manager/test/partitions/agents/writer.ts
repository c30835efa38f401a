// Writes one key after the other to a Redis and reports which writes were acknowledged.
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Write, writerCommandSchema, writerOptionsSchema } from "./messages.ts";
import { createReport, readOptions } from "./report.ts";

const redisPort = 6379;
const options = writerOptionsSchema.parse(readOptions());
const report = createReport();
const value = "x".repeat(options.valueBytes);
let { host } = options;
let socket: Socket | undefined;
let answer: ((line: string | undefined) => void) | undefined;

let isHeld = false;

process.on("message", (message) => {
  const command = writerCommandSchema.parse(message);
  isHeld = command.isHeld ?? isHeld;
  if (command.host === undefined) return;
  host = command.host;
  disconnect();
});

for (let number = 1; ;) {
  if (isHeld) {
    await pause(10);
    continue;
  }
  await write(`${options.name}:${number}`);
  number += 1;
  await pause(options.paceMs);
}

async function write(key: string): Promise<void> {
  const to = host;
  const sentAt = Date.now();
  const line = await send(`SET ${key} ${value}\r\n`);
  const outcome = line === "+OK" ? "acknowledged" : line?.startsWith("-") ? "refused" : "unknown";
  report.add({ key, host: to, sentAt, endedAt: Date.now(), outcome } satisfies Write);
  // A Redis that can't be reached is not asked at full speed.
  if (outcome !== "acknowledged") await pause(20);
}

function send(command: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  answer = resolve;
  const timer = setTimeout(disconnect, options.timeoutMs);
  socket ??= open();
  socket.write(command);
  return promise.finally(() => clearTimeout(timer));
}

function open(): Socket {
  const opened = connect(redisPort, host).setNoDelay();
  opened.on("error", () => undefined);
  opened.once("close", () => {
    if (socket === opened) disconnect();
  });
  let unfinished = "";
  opened.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = `${unfinished}${chunk}`.split("\r\n");
    unfinished = lines.pop() ?? "";
    if (socket === opened && lines.length > 0) answer?.(lines[0]);
  });
  return opened;
}

function disconnect(): void {
  socket?.destroy();
  socket = undefined;
  answer?.(undefined);
}
