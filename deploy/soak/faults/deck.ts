import type { Random } from "@redis-operator/testbed";

/** Draws each card once before it draws one again, in an order that the random numbers decide. */
export interface Deck<Card> {
  /** The next one that fits; those that don't are left for later. `undefined` if none does at all. */
  draw(fits: (card: Card) => boolean): Card | undefined;
}

/** Creates a deck of these cards. */
export function createDeck<Card>(cards: readonly Card[], random: Random): Deck<Card> {
  let left: Card[] = [];

  function take(fits: (card: Card) => boolean): Card | undefined {
    const index = left.findIndex((card) => fits(card));
    return index === -1 ? undefined : left.splice(index, 1)[0];
  }

  return {
    draw(fits) {
      const found = take(fits);
      if (found !== undefined) return found;
      // What is left and doesn't fit now comes first afterwards.
      left = [...left, ...shuffle(cards, random)];
      return take(fits);
    },
  };
}

function shuffle<Item>(items: readonly Item[], random: Random): readonly Item[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
