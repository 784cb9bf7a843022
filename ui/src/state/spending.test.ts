import { expect, it } from "vitest";
import type { RateLimit, Spending } from "../host/generated";
import { dayWords, limitWords, moneyWords, short, splitWords, tokenWords } from "./spending";

const spent = (rest: Partial<Spending> = {}): Spending => ({
  answers: 1,
  input: 61_000,
  cached: 40_000,
  output: 20_000,
  reasoning: 5_000,
  dollars: 0.27,
  unpriced: 0,
  about: false,
  ...rest,
});

it("says tokens, and which of them are estimated", () => {
  expect(tokenWords(spent())).toBe("81,000 tokens");
  expect(tokenWords(spent({ about: true }))).toBe("about 81,000 tokens");
  expect(splitWords(spent())).toBe(
    "61,000 read (40,000 from cache), 20,000 written (5,000 reasoning)",
  );
  expect(splitWords(spent({ cached: 0, reasoning: 0 }))).toBe("61,000 read, 20,000 written");
  expect([999, 9_999, 81_234, 999_499, 999_500, 1_204_000].map(short)).toEqual([
    "999",
    "9,999",
    "81.2k",
    "999k",
    "1M",
    "1.2M",
  ]);
});

it("says money as an estimate, and never nothing for what has no price", () => {
  expect(moneyWords(spent())).toBe("about $0.27");
  expect(moneyWords(spent({ dollars: 0.000_1 }))).toBe("less than $0.01");
  expect(moneyWords(spent({ dollars: null, unpriced: 81_000 }))).toBe("price not known");
  expect(moneyWords(spent({ unpriced: 1_200 }))).toBe(
    "about $0.27, without 1,200 tokens whose price is not known",
  );
  expect(moneyWords(spent({ input: 0, output: 0, dollars: 0 }))).toBe("");
});

it("says what is left of a limit, and that what was told may be over", () => {
  const limit = (rest: Partial<RateLimit>): RateLimit => ({
    counts: "tokens",
    limit: 500,
    remaining: 420,
    usedPercent: 16,
    resetsAt: 21_000,
    ...rest,
  });
  expect(limitWords(limit({}), 1_000)).toBe("420 of 500 left, whole again in 20 s");
  expect(limitWords(limit({}), 30_000)).toBe("whole again; last told: 420 of 500 left");
  const share = limit({ limit: null, remaining: null, usedPercent: 75, resetsAt: null });
  expect(limitWords(share, 1_000)).toBe("25 % left");
  expect(dayWords("2026-11-25", 0)).toBe("Today");
  expect(dayWords("2026-11-23", 2)).toBe("Mon, Nov 23");
});
