import { describe, expect, it } from "vitest";
import { parsePodList } from "./data-pods.ts";

describe("parsePodList", () => {
  it.each([{}, { items: null, metadata: null }, { items: [], metadata: { continue: "" } }])(
    "takes %j for an empty last page",
    (value) => {
      expect(parsePodList(value, "it")).toEqual({ pods: [], next: undefined, resourceVersion: undefined });
    },
  );

  it.each([
    ["", "it is no JSON object"],
    [{ items: {} }, "it: items is no list"],
    [{ items: [1] }, "it, item 0 is no JSON object"],
    [{ items: [{ status: { podIP: "10.0.0.1" } }] }, "it, item 0 has no name"],
    [{ items: [{ metadata: { name: "a" }, status: { podIP: 1 } }] }, "it, item 0: status.podIP is no string"],
  ])("refuses %j, naming the field", (value, message) => {
    expect(() => parsePodList(value, "it")).toThrow(
      expect.objectContaining({ code: "KUBERNETES_REPLY_INVALID", message }),
    );
  });
});
