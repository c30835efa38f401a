import { describe, expect, it } from "vitest";
import { createAttachedProcess } from "./attached-process.ts";
import type { ProcessEntry } from "./proc-table.ts";

const redis: ProcessEntry = { pid: 12, name: "redis-server", startTime: "100" };
const other: ProcessEntry = { pid: 13, name: "redis-server", startTime: "101" };
const node: ProcessEntry = { pid: 12, name: "node", startTime: "1" };

/** A machine whose processes, answer and port a test changes as it goes. */
interface Machine {
  processes: readonly ProcessEntry[];
  /** What INFO names; `undefined` when Redis doesn't answer. */
  processId: number | undefined;
  isPortRefused: boolean;
}

function attach(machine: Machine, binary = "/usr/bin/redis-server") {
  return createAttachedProcess({
    binary,
    processTable: {
      find: (pid) => Promise.resolve(machine.processes.find((entry) => entry.pid === pid)),
      list: () => Promise.resolve(machine.processes),
    },
    readProcessId: () =>
      machine.processId === undefined
        ? Promise.reject(new Error("refused"))
        : Promise.resolve(machine.processId),
    isPortRefused: () => Promise.resolve(machine.isPortRefused),
  });
}

const silent = { processId: undefined, isPortRefused: true };

describe("before the first contact", () => {
  it.each([
    ["a process of that name", { ...silent, processes: [redis] }, true],
    ["none of that name", { ...silent, processes: [node, { ...other, name: "redis-sentinel" }] }, false],
    [
      "none of that name, but the port takes connections",
      { ...silent, processes: [node], isPortRefused: false },
      true,
    ],
    ["no process table, the port refuses", { ...silent, processes: [] }, false],
    [
      "no process table, the port takes connections",
      { ...silent, processes: [], isPortRefused: false },
      true,
    ],
  ])("%s", async (_, machine, expected) => {
    expect(await attach(machine).isRunning()).toBe(expected);
  });

  it("compares names as the kernel cuts them", async () => {
    const machine = { ...silent, processes: [{ ...redis, name: "redis-server-7." }] };
    expect(await attach(machine, "/opt/redis-server-7.4.1").isRunning()).toBe(true);
  });
});

describe("after it", () => {
  it.each([
    ["it hangs", { processes: [redis, other], processId: undefined, isPortRefused: false }, true],
    ["it is gone, though another of that name runs", { ...silent, processes: [other] }, false],
    [
      "its pid was given to a later process of that name",
      { ...silent, processes: [{ ...redis, startTime: "999" }] },
      false,
    ],
    ["it was started again and answers", { processes: [other], processId: 13, isPortRefused: false }, true],
  ])("%s", async (_, later, expected) => {
    const machine: Machine = { processes: [redis, other], processId: 12, isPortRefused: false };
    const attached = attach(machine);
    expect(await attached.isRunning()).toBe(true);
    Object.assign(machine, later);
    expect(await attached.isRunning()).toBe(expected);
  });

  it.each(["redis-server", "valkey-sentinel"])("accepts that it is called %s", async (name) => {
    const machine: Machine = { processes: [{ ...redis, name }], processId: 12, isPortRefused: false };
    const attached = attach(machine, "redis-sentinel");
    await attached.isRunning();
    Object.assign(machine, { ...silent, processes: [] });
    expect(await attached.isRunning()).toBe(false);
  });

  it("means the process of the latest contact", async () => {
    const machine: Machine = { processes: [redis], processId: 12, isPortRefused: false };
    const attached = attach(machine);
    await attached.isRunning();
    Object.assign(machine, { processes: [other], processId: 13 });
    await attached.isRunning();
    Object.assign(machine, { ...silent, processes: [redis] });
    expect(await attached.isRunning()).toBe(false);
  });

  it.each([
    ["the pid is another program here", [node]],
    ["the pid is nobody's here", []],
  ])("asks the port when Redis runs in another PID namespace: %s", async (_, processes) => {
    const machine: Machine = { processes, processId: 12, isPortRefused: false };
    const attached = attach(machine);
    expect(await attached.isRunning()).toBe(true);
    Object.assign(machine, { processId: undefined });
    expect(await attached.isRunning()).toBe(true);
    Object.assign(machine, { isPortRefused: true });
    expect(await attached.isRunning()).toBe(false);
  });
});
