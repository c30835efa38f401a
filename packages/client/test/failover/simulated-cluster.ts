import { type InstanceStatus, ManagerRefusedError, ManagerUnreachableError } from "../../src/index.ts";
import type { ClusterPort, InstanceObservation, PlannedInstance } from "../../src/failover/index.ts";
import { primary, replica } from "./observations.ts";

/** What befalls a call: it fails before it has an effect, or afterwards, so that only its answer is lost. */
export type Fault = "before" | "after";

/** One instance of the model. */
interface Model {
  /** Whether a Redis runs. */
  isUp: boolean;
  role: "master" | "slave";
  offset: number;
  replicationId: string;
  follows: string | undefined;
  /** Whether anybody but its own clients reaches it: the operator, the API server, the peers. */
  isCut: boolean;
  isGone: boolean;
  /** Looks at it until a fence takes effect. */
  fenceDelay: number;
  /** When it holds its writes by itself, by `performance.now()`. */
  heldFrom: number;
}

/** What a test changes and asks of the model. */
export interface SimulatedCluster {
  readonly instance: (name: string) => PlannedInstance;
  readonly cluster: ClusterPort;
  readonly state: { currentPrimary: string | undefined; readonly fenced: Set<string>; generation: number };
  /** Instances that take writes now. */
  writable(): readonly string[];
  /** The most that ever took writes at once. */
  mostWritable(): number;
  /** Every order that was given, in its order: `promote b`. */
  readonly orders: readonly string[];
  observe(): readonly InstanceObservation[];
  /** The pod's container ends and starts again. */
  restart(name: string): void;
  /** Redis and manager end, and their pod is not there any more. */
  remove(name: string): void;
  /** Nobody but its clients reaches it from now on; it holds its writes after so many milliseconds, if ever. */
  cut(name: string, heldAfterMs?: number): void;
  heal(name: string): void;
  /** What happens right before the nth call from now on, and whether that call fails. */
  atCall(number: number, event: { readonly happens?: () => void; readonly fault?: Fault }): void;
  calls(): number;
}

const call = { method: "GET", url: "http://198.51.100.1:8080" };
const port = 6379;

function unreachable(why: string): ManagerUnreachableError {
  return new ManagerUnreachableError(call, new Error(why));
}

/** Creates a cluster of these pods whose first is the primary. Its clients write all the time. */
export function simulateCluster(names: readonly [string, ...string[]], fenceDelay = 0): SimulatedCluster {
  const [first] = names;
  const state: SimulatedCluster["state"] = { currentPrimary: first, fenced: new Set(), generation: 1 };
  const models = new Map<string, Model>(
    names.map((name) => {
      const role = name === first ? "master" : "slave";
      const follows = name === first ? undefined : first;
      return [
        name,
        {
          isUp: true,
          role,
          offset: 1_000,
          replicationId: `id-of-${first}`,
          follows,
          isCut: false,
          isGone: false,
          fenceDelay,
          heldFrom: Infinity,
        },
      ];
    }),
  );
  const orders: string[] = [];
  let promotions = 0;
  let calls = 0;
  let event: { at: number; happens?: () => void; fault?: Fault } | undefined;
  let mostWritable = 1;

  function find(name: string): Model {
    const model = models.get(name);
    if (model === undefined) throw new Error(`the cluster has no ${name}`);
    return model;
  }

  function writable(): readonly string[] {
    return names.filter((name) => {
      const { isUp, role, heldFrom } = find(name);
      return isUp && role === "master" && performance.now() < heldFrom;
    });
  }

  function isLinked({ isUp, isCut, role, follows }: Model): boolean {
    if (!isUp || isCut || role === "master" || follows === undefined) return false;
    const source = find(follows);
    return source.isUp && !source.isCut && source.role === "master";
  }

  /** What goes on between two calls: writes, which reach every linked replica, and managers that see the RedisCluster. */
  function tick(): void {
    for (const [name, model] of models) {
      if (model.isUp && model.role === "master") model.offset += 10;
      const isFenced = state.fenced.has(name) && !model.isCut && !model.isGone;
      if (isFenced && model.isUp && model.fenceDelay-- <= 0) model.isUp = false;
      if (!isFenced && !model.isUp && !model.isGone && !model.isCut) start(name, model);
    }
    for (const model of models.values()) {
      if (!isLinked(model) || model.follows === undefined) continue;
      const { offset, replicationId } = find(model.follows);
      Object.assign(model, { offset, replicationId });
    }
    mostWritable = Math.max(mostWritable, writable().length);
  }

  function start(name: string, model: Model): void {
    model.isUp = true;
    model.fenceDelay = fenceDelay;
    model.role = state.currentPrimary === name ? "master" : "slave";
    model.follows = state.currentPrimary === name ? undefined : state.currentPrimary;
  }

  /** Makes one call, with what was planned to befall it. */
  async function make<Value>(effect: () => Value, toError = (why: string) => new Error(why)): Promise<Value> {
    const current = event?.at === calls ? event : undefined;
    calls += 1;
    current?.happens?.();
    tick();
    if (current?.fault === "before") throw toError("lost before it had an effect");
    const value = effect();
    tick();
    if (current?.fault === "after") throw toError("its answer was lost");
    return value;
  }

  function ask<Value>(name: string, effect: (model: Model) => Value): Promise<Value> {
    return make(() => {
      const model = find(name);
      if (model.isCut || model.isGone) throw unreachable("no route");
      if (!model.isUp) throw new ManagerRefusedError(call, { status: 503, code: "INSTANCE_FENCED" });
      return effect(model);
    }, unreachable);
  }

  function toStatus(model: Model): InstanceStatus {
    const { role, offset: replicationOffset, replicationId, follows } = model;
    if (role === "master") return primary({ replicationOffset, replicationId });
    const link = isLinked(model)
      ? ({ masterLinkStatus: "up" } as const)
      : ({ masterLinkStatus: "down", linkDownSeconds: 1 } as const);
    const followed = follows === undefined ? {} : { primary: { host: follows, port } };
    return replica({ replicationOffset, replicationId, ...link, ...followed });
  }

  return {
    state,
    orders,
    writable,
    mostWritable: () => mostWritable,
    calls: () => calls,
    observe: () =>
      names.map((name) => {
        const model = find(name);
        const isSilent = model.isCut || model.isGone || !model.isUp;
        const code = model.isUp || model.isGone || model.isCut ? "MANAGER_UNREACHABLE" : "INSTANCE_FENCED";
        return isSilent
          ? { name, status: undefined, failure: { code, message: code } }
          : { name, status: toStatus(model) };
      }),
    instance: (name) => ({
      status: () => ask(name, toStatus),
      promote: ({ minOffset = 0, replicationId } = {}) =>
        ask(name, (model) => {
          if (model.role === "master") return toStatus(model);
          if (model.offset < minOffset || model.replicationId !== replicationId) {
            throw new ManagerRefusedError(call, { status: 412, code: "PRECONDITION_UNMET" });
          }
          orders.push(`promote ${name}`);
          promotions += 1;
          Object.assign(model, {
            role: "master",
            follows: undefined,
            replicationId: `id-${promotions}-of-${name}`,
          });
          return toStatus(model);
        }),
      demote: ({ primaryIP }) =>
        ask(name, (model) => {
          if (find(primaryIP).role !== "master") {
            throw new ManagerRefusedError(call, { status: 412, code: "DEMOTE_TARGET_NOT_PRIMARY" });
          }
          orders.push(`demote ${name} to ${primaryIP}`);
          Object.assign(model, { role: "slave", follows: primaryIP });
          return toStatus(model);
        }),
    }),
    cluster: {
      read: () => make(() => ({ ...state, fenced: [...state.fenced] })),
      fence: (name) =>
        make(() => {
          orders.push(`fence ${name}`);
          state.fenced.add(name);
        }),
      unfence: (name) =>
        make(() => {
          orders.push(`unfence ${name}`);
          state.fenced.delete(name);
        }),
      namePrimary: (name, { previous }) =>
        make(() => {
          if (state.currentPrimary !== previous) throw new Error(`it names ${state.currentPrimary}`);
          orders.push(`name ${name}`);
          state.currentPrimary = name;
        }),
      redisAddress: (name) => make(() => ({ host: name, port })),
      isGone: (name) => make(() => find(name).isGone),
    },
    restart(name) {
      const model = find(name);
      if (!model.isGone && !(state.fenced.has(name) && !model.isUp)) start(name, model);
    },
    remove: (name) => void Object.assign(find(name), { isUp: false, isGone: true }),
    cut: (name, heldAfterMs = Infinity) =>
      void Object.assign(find(name), { isCut: true, heldFrom: performance.now() + heldAfterMs }),
    heal(name) {
      const model = find(name);
      model.isCut = false;
      // One that fences itself reads who is named before it lets writes flow again.
      if (state.currentPrimary === name) model.heldFrom = Infinity;
    },
    atCall: (number, what) => void (event = { at: calls + number, ...what }),
  };
}
