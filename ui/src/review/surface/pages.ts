import type { Row, RowPage } from "../../host/generated";

/** Rows in one page. */
export const PAGE = 128;

/** Pages that are kept; the ones used longest ago go first. */
const KEPT = 32;

/** Fetches rows of one version of one file; with `plain` at once, without their colours. */
export type FetchRows = (from: number, count: number, plain: boolean) => Promise<RowPage>;

/**
 * The rows of one version of one file, fetched a page at a time and kept while they are near.
 *
 * `row` answers at once with what is there. What is not there is asked for once, its text alone, and
 * `arrived` is called when it has come; a page that could not be fetched is asked for again the next
 * time it is wanted after `failed` was told. A page without its colours is shown plain, and asked
 * for again as long as it is wanted; its rows are other objects once they have their colours. What
 * is `near` comes with its colours, so that a scroll shows neither gap nor change.
 */
export class Pages {
  private readonly pages = new Map<number, Row[]>();
  private readonly plain = new Set<number>();
  /** What is on its way, the text alone and with its colours: the one does not wait for the other. */
  private readonly pending = { plain: new Set<number>(), coloured: new Set<number>() };
  private closed = false;

  constructor(
    private readonly rows: number,
    private readonly fetchRows: FetchRows,
    private readonly arrived: () => void,
    private readonly failed: (reason: unknown) => void,
  ) {}

  /** The row, or undefined while it is on its way. */
  row(index: number): Row | undefined {
    const number = Math.floor(index / PAGE);
    const page = this.pages.get(number);
    if (!page) {
      this.ask(number, true);
      return undefined;
    }
    this.pages.delete(number);
    this.pages.set(number, page);
    if (this.plain.has(number)) this.ask(number, false);
    return page[index - number * PAGE];
  }

  /** Fetches the page of a row that is not on screen yet. */
  near(index: number): void {
    const number = Math.floor(index / PAGE);
    if (index >= 0 && index < this.rows && !this.pages.has(number)) this.ask(number, false);
  }

  /** Stops listening; answers that are still on their way are dropped. */
  close(): void {
    this.closed = true;
    this.pages.clear();
  }

  private ask(number: number, plain: boolean): void {
    const pending = plain ? this.pending.plain : this.pending.coloured;
    if (this.closed || pending.has(number)) return;
    pending.add(number);
    const from = number * PAGE;
    this.fetchRows(from, Math.min(PAGE, this.rows - from), plain).then(
      (page) => {
        pending.delete(number);
        if (!this.closed) this.take(number, page);
      },
      (reason: unknown) => {
        pending.delete(number);
        if (!this.closed) this.failed(reason);
      },
    );
  }

  private take(number: number, page: RowPage): void {
    const there = this.pages.has(number);
    // Painted once plain and once coloured, never in between: a selection outlives the wait.
    if (page.coloured || !there) this.pages.set(number, page.rows);
    if (page.coloured) this.plain.delete(number);
    else if (!there) this.plain.add(number);
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= KEPT) break;
      this.pages.delete(oldest);
      this.plain.delete(oldest);
    }
    this.arrived();
  }
}
