import { createRandom } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createDeck } from "../../soak/faults/deck.ts";

const cards = ["a", "b", "c", "d", "e"] as const;

function drawAll(seed: number, count: number): readonly (string | undefined)[] {
  const deck = createDeck(cards, createRandom(seed));
  return Array.from({ length: count }, () => deck.draw(() => true));
}

describe("a deck of faults", () => {
  it("draws each once before it draws one again", () => {
    const drawn = drawAll(1, 10);
    expect(new Set(drawn.slice(0, 5))).toEqual(new Set(cards));
    expect(new Set(drawn.slice(5))).toEqual(new Set(cards));
  });

  it("draws the same again with the same seed, and in another order with another", () => {
    expect(drawAll(1, 20)).toEqual(drawAll(1, 20));
    expect(drawAll(1, 20)).not.toEqual(drawAll(2, 20));
  });

  it("leaves what doesn't fit for later, and then takes it first", () => {
    const deck = createDeck(cards, createRandom(1));
    const others = Array.from({ length: 4 }, () => deck.draw((card) => card !== "c"));
    expect(new Set(others)).toEqual(new Set(["a", "b", "d", "e"]));
    expect(deck.draw((card) => card !== "c")).not.toBe("c");
    expect(deck.draw(() => true)).toBe("c");
  });

  it("draws nothing where nothing fits", () => {
    expect(createDeck(cards, createRandom(1)).draw(() => false)).toBeUndefined();
  });
});
