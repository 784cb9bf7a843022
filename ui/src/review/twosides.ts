/** Which lines of two texts differ: everything between what they begin and what they end alike. */
export interface Side {
  lines: { text: string; differs: boolean }[];
}

function lines(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

export function twoSides(left: string, right: string): [Side, Side] {
  const a = lines(left);
  const b = lines(right);
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < most - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const side = (all: string[]): Side => ({
    lines: all.map((text, at) => ({ text, differs: at >= head && at < all.length - tail })),
  });
  return [side(a), side(b)];
}
