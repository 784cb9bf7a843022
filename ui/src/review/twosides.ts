/** Which lines of two texts differ: those that are not in the longest run of lines they share. */
export interface Side {
  lines: { text: string; differs: boolean }[];
}

/** Pairs of lines that are compared at most; longer middles differ as a whole. */
const MOST_PAIRS = 4_000_000;

function lines(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** For each text, which lines are also in the other one, in the same order. */
function shared(a: string[], b: string[]): [Set<number>, Set<number>] {
  const [inA, inB] = [new Set<number>(), new Set<number>()];
  if (a.length * b.length > MOST_PAIRS) return [inA, inB];
  const width = b.length + 1;
  // At [i, j]: how many lines the ends of both, from there on, have in common.
  const common = new Uint32Array((a.length + 1) * width);
  const from = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] =
        a[i] === b[j] ? from(i + 1, j + 1) + 1 : Math.max(from(i + 1, j), from(i, j + 1));
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      inA.add(i++);
      inB.add(j++);
    } else if (from(i + 1, j) >= from(i, j + 1)) i++;
    else j++;
  }
  return [inA, inB];
}

export function twoSides(left: string, right: string): [Side, Side] {
  const a = lines(left);
  const b = lines(right);
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < most - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const middle = (all: string[]) => all.slice(head, all.length - tail);
  const [inA, inB] = shared(middle(a), middle(b));
  const side = (all: string[], same: Set<number>): Side => ({
    lines: all.map((text, at) => ({
      text,
      differs: at >= head && at < all.length - tail && !same.has(at - head),
    })),
  });
  return [side(a, inA), side(b, inB)];
}
