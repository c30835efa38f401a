import { describe, expect, it } from "vitest";
import { createRoleChanges } from "./role-changes.ts";

/** A change that goes on until it is told to end, and notes its begin and its end. */
function heldChange(name: string, notes: string[]) {
  const gate = Promise.withResolvers<void>();
  return {
    end: () => gate.resolve(),
    async run() {
      notes.push(`${name} begins`);
      await gate.promise;
      notes.push(`${name} ends`);
      return name;
    },
  };
}

/** A change that ends at once. */
function note(name: string, notes: string[]) {
  return async () => {
    notes.push(name);
    return name;
  };
}

const refused = { code: "ROLE_CHANGE_IN_PROGRESS" };

describe("createRoleChanges", () => {
  it("runs one change at a time, in the order in which they were asked for", async () => {
    const notes: string[] = [];
    const changes = createRoleChanges();
    const first = heldChange("promote", notes);
    const all = [
      changes.run(() => first.run(), { what: "a promotion" }),
      changes.run(note("demote", notes), { what: "a demotion" }),
      changes.run(note("fence", notes), { what: "the fencing" }),
    ];
    first.end();
    expect(await Promise.all(all)).toEqual(["promote", "demote", "fence"]);
    expect(notes).toEqual(["promote begins", "promote ends", "demote", "fence"]);
  });

  it("goes on after a change that failed", async () => {
    const changes = createRoleChanges();
    const failing = changes.run(() => Promise.reject(new Error("refused")), { what: "a promotion" });
    const next = changes.run(async () => "done", { what: "a demotion" });
    await expect(failing).rejects.toThrow("refused");
    expect(await next).toBe("done");
  });

  it("refuses a change whose turn doesn't come in time, naming the one that runs, and doesn't do it later", async () => {
    const notes: string[] = [];
    const changes = createRoleChanges();
    const fence = heldChange("fence", notes);
    const fencing = changes.run(() => fence.run(), { what: "the fencing" });
    await expect(
      changes.run(note("promote", notes), { what: "a promotion", maxWaitMs: 10 }),
    ).rejects.toMatchObject({
      ...refused,
      message: "a promotion was not begun behind the fencing: its turn didn't come within 10 ms",
    });
    fence.end();
    await fencing;
    await changes.run(note("demote", notes), { what: "a demotion" });
    expect(notes).toEqual(["fence begins", "fence ends", "demote"]);
  });

  it("doesn't begin what a caller asked for that is gone", async () => {
    const notes: string[] = [];
    const changes = createRoleChanges();
    const caller = new AbortController();
    const fence = heldChange("fence", notes);
    const fencing = changes.run(() => fence.run(), { what: "the fencing" });
    const waiting = changes.run(note("promote", notes), { what: "a promotion", signal: caller.signal });
    caller.abort(new Error("hung up"));
    await expect(waiting).rejects.toMatchObject({ ...refused, message: expect.stringContaining("hung up") });
    const gone = changes.run(note("demote", notes), { what: "a demotion", signal: caller.signal });
    await expect(gone).rejects.toMatchObject(refused);
    fence.end();
    await fencing;
    expect(notes).toEqual(["fence begins", "fence ends"]);
  });

  it("ends what it has begun for a caller that is gone", async () => {
    const notes: string[] = [];
    const caller = new AbortController();
    const promotion = heldChange("promote", notes);
    const options = { what: "a promotion", maxWaitMs: 10, signal: caller.signal };
    const promoting = createRoleChanges().run(() => promotion.run(), options);
    await Promise.resolve();
    caller.abort();
    promotion.end();
    expect(await promoting).toBe("promote");
  });

  it("keeps the one behind a change that gave up from passing the one before it", async () => {
    const notes: string[] = [];
    const changes = createRoleChanges();
    const caller = new AbortController();
    const fence = heldChange("fence", notes);
    const fencing = changes.run(() => fence.run(), { what: "the fencing" });
    const leaving = changes.run(note("promote", notes), { what: "a promotion", signal: caller.signal });
    const last = changes.run(note("demote", notes), { what: "a demotion" });
    caller.abort();
    await expect(leaving).rejects.toMatchObject(refused);
    fence.end();
    await Promise.all([fencing, last]);
    expect(notes).toEqual(["fence begins", "fence ends", "demote"]);
  });
});
