/** What a page is told of the viewer it is to open, and what a viewer tells of itself. */

export interface Given {
  size: string;
  coloured: boolean;
  /** Whether the viewer makes its own diff in place of taking ours. */
  ownDiff: boolean;
  /** The file in the change set. */
  path: string;
  task: string;
}

export interface Opened {
  /** Scrolls up and down, in CSS pixels. */
  scroller: { scrollTop: number; readonly scrollHeight: number };
  /** Whether a line on screen has a colour. */
  coloured: () => boolean;
}

/** Opens the viewer in the box; what it needs of the text is fetched here too. */
export type Open = (box: HTMLElement, given: Given) => Promise<Opened>;

export async function text(given: Given, name: string): Promise<string> {
  return (await fetch(`/text/${given.size}/${name}`)).text();
}

/** `[from, to, from, to]` in characters of the old and the new text, a row for each change. */
export async function changes(given: Given): Promise<[number, number, number, number][]> {
  return (await fetch(`/text/${given.size}/changes`)).json();
}

/** All elements with shadow roots opened, below and with a root. */
export function* elements(root: ParentNode): Generator<Element> {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.shadowRoot) yield* elements(element.shadowRoot);
  }
}
