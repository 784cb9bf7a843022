import type { FileDiff, Mark, Part } from "../../host/generated";
import { BarElement, type BarState } from "./bar";
import { Choice, type Chosen } from "./chosen";
import { Layout, ROW_HEIGHT, visible, type Fold, type SurfaceLine } from "./layout";
import type { Marks } from "./marks";
import { RowElement } from "./paint";
import { PAGE, Pages, type FetchRows } from "./pages";
import { tools } from "./tools";
import "./surface.css";

/** Lines painted above and below the viewport, so that a short scroll shows no blank. */
const SPARE = 12;

/** Rows that were taken off a page, for the next surface or a taller screen to fill again. */
const spareRows: RowElement[] = [];

/** So many of them are kept. */
const MOST_SPARE = 200;

/** One painted line. */
type LineElement = RowElement | BarElement;

/** What a surface needs from the page around it. */
export interface SurfaceOptions {
  /** The shape of the diff. */
  diff: FileDiff;
  /** Fetches rows of exactly the version that `diff` describes. */
  fetchRows: FetchRows;
  /** The element that scrolls up and down; the surface lies somewhere inside it. */
  scroller: HTMLElement;
  /** Says what the table is, for a screen reader. */
  label: string;
  /** What is decided, and how to decide; null where nothing is. */
  decisions: Decisions | null;
  /** Told when rows could not be fetched, so that the page can ask for the newest version. */
  failed: (reason: unknown) => void;
}

/** Deciding about the changes of a file, and about single lines of them. */
export interface Decisions {
  /** What is decided now. */
  marks: Marks;
  /** The number of the file's first change among those of all files, counted from 1. */
  first: number;
  /** How many changes there are in all files. */
  all: number;
  /** Whether changes and lines can be decided one by one. */
  divisible: boolean;
  decide: (parts: Part[], mark: Mark) => void;
}

/**
 * A side-by-side diff of one file, as tall as all its lines and painted only where it is on screen.
 *
 * It knows no framework: it takes an element, keeps the elements of one screen in it, in order,
 * and fills them again while the page scrolls. It keeps no text but the pages near the viewport, so
 * a file of 100,000 lines costs what one of 100 does. It shows what is decided and says what the
 * person wants to decide; what comes of that is the business of whoever puts it on the page.
 */
export class Surface {
  private readonly table = document.createElement("div");
  private readonly slider = document.createElement("div");
  private readonly sliderInside = document.createElement("div");
  private readonly opened = new Set<number>();
  /** The lines that are painted, in order, and the number of the first. */
  private readonly window = document.createElement("div");
  private painted: LineElement[] = [];
  private first = 0;
  private readonly resized: ResizeObserver | null;
  private readonly choice: Choice;
  private tools: HTMLElement | null = null;
  private layout: Layout;
  private pages: Pages;
  private options: SurfaceOptions;
  private frame = 0;

  constructor(
    private readonly root: HTMLElement,
    options: SurfaceOptions,
  ) {
    this.options = options;
    this.layout = new Layout(options.diff, this.opened);
    this.pages = this.newPages();
    root.classList.add("surface");
    this.table.className = "table";
    this.table.setAttribute("role", "table");
    this.window.className = "window";
    this.window.setAttribute("role", "rowgroup");
    this.table.append(this.window);
    this.slider.className = "slider";
    this.slider.setAttribute("role", "group");
    this.slider.setAttribute("aria-label", "Slide the lines sideways");
    this.sliderInside.className = "slider-inside";
    this.slider.append(this.sliderInside);
    root.append(this.table, this.slider);

    options.scroller.addEventListener("scroll", this.schedule, { passive: true });
    this.slider.addEventListener("scroll", this.slide, { passive: true });
    root.addEventListener("wheel", this.wheel, { passive: false });
    root.addEventListener("mousedown", this.chooseSide);
    root.addEventListener("keydown", this.keys);
    this.choice = new Choice(this.table, () => {
      this.paintChosen();
    });
    this.resized = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(this.schedule);
    this.resized?.observe(options.scroller);
    this.resized?.observe(root);
    this.measure();
    this.paint();
  }

  /** Shows another version; folds that were opened stay open while the version is the same. */
  update(options: SurfaceOptions): void {
    if (options.diff === this.options.diff && options.scroller === this.options.scroller) {
      this.remark(options);
      return;
    }
    if (options.diff.shown !== this.options.diff.shown) {
      this.opened.clear();
      this.choice.clear();
    }
    if (options.scroller !== this.options.scroller) {
      this.options.scroller.removeEventListener("scroll", this.schedule);
      this.resized?.unobserve(this.options.scroller);
      options.scroller.addEventListener("scroll", this.schedule, { passive: true });
      this.resized?.observe(options.scroller);
    }
    this.options = options;
    this.layout = new Layout(options.diff, this.opened);
    this.pages.close();
    this.pages = this.newPages();
    this.clear();
    this.measure();
    this.paint();
  }

  /** Scrolls so that a row of the diff is near the top. */
  reveal(row: number): void {
    const { scroller } = this.options;
    const offset = this.root.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += offset + this.layout.lineOf(row) * ROW_HEIGHT - scroller.clientHeight / 4;
  }

  /** Scrolls to a change and gives its bar the focus. */
  revealChange(hunk: number): void {
    // The keys that decide are about this change from now on.
    this.choice.clear();
    const { scroller } = this.options;
    const line = this.layout.barOf(hunk);
    const top = this.root.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    const at = top + line * ROW_HEIGHT;
    const room = scroller.clientHeight / 4;
    if (at < room / 2 || at > scroller.clientHeight - room) scroller.scrollTop += at - room;
    this.paint();
    focusIn(this.painted[line - this.first]);
  }

  /** Takes the surface off the page. */
  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.options.scroller.removeEventListener("scroll", this.schedule);
    this.root.removeEventListener("wheel", this.wheel);
    this.root.removeEventListener("mousedown", this.chooseSide);
    this.root.removeEventListener("keydown", this.keys);
    this.choice.destroy();
    this.resized?.disconnect();
    this.pages.close();
    this.clear();
    this.table.remove();
    this.slider.remove();
  }

  /** Shows other marks on the same rows; what has the focus keeps it. */
  private remark(options: SurfaceOptions): void {
    this.options = options;
    const focused = this.painted.findIndex((element) =>
      element.root.contains(document.activeElement),
    );
    for (const [index, element] of this.painted.entries()) {
      if (element instanceof RowElement) this.mark(element);
      else this.paintLine(this.first + index);
    }
    const there = this.painted[focused];
    if (there && !there.root.contains(document.activeElement)) focusIn(there);
    this.paintChosen();
  }

  private mark(element: RowElement): void {
    const marks = this.options.decisions?.marks;
    element.mark(marks ? (row, side) => marks.ofLine(row, side) : null);
  }

  /** Keys on a bar or on chosen lines: the arrows choose lines, letters decide. */
  private readonly keys = (event: KeyboardEvent): void => {
    const { decisions } = this.options;
    if (!decisions || event.ctrlKey || event.metaKey || event.altKey) return;
    const hunk = this.hunkOf(event.target);
    const { chosen } = this.choice;
    const mark = { a: "approved", r: "rejected", u: "undecided" }[event.key] as Mark | undefined;
    if (mark && (chosen || hunk !== null)) {
      this.decide(chosen, hunk, mark);
    } else if (event.key === "Escape" && chosen) {
      this.choice.clear();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && decisions.divisible) {
      if (!this.step(event.key === "ArrowDown" ? 1 : -1, event.shiftKey, hunk)) return;
    } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && chosen) {
      const end = this.choice.end ?? chosen.from;
      this.choice.choose(end, event.key === "ArrowLeft" ? "old" : "new", false);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  private hunkOf(target: EventTarget | null): number | null {
    const bar = target instanceof Element ? target.closest<HTMLElement>(".bar") : null;
    const hunk = bar?.dataset["hunk"];
    return hunk === undefined ? null : Number(hunk);
  }

  private step(by: number, further: boolean, hunk: number | null): boolean {
    const { hunks, rows } = this.options.diff;
    const { chosen, end } = this.choice;
    const start = hunk === null ? undefined : hunks[hunk];
    if (chosen && end !== null) {
      const next = Math.min(rows - 1, Math.max(0, end + by));
      this.choice.choose(next, chosen.side, further);
    } else if (start && by > 0) {
      this.choice.choose(start.from, "new", false);
    } else {
      return false;
    }
    return true;
  }

  private decide(chosen: Chosen | null, hunk: number | null, mark: Mark): void {
    const { decisions } = this.options;
    if (chosen) {
      decisions?.decide([{ type: "rows", ...chosen }], mark);
      this.choice.clear();
    } else if (hunk !== null) {
      decisions?.decide(decisions.divisible ? [{ type: "hunk", hunk }] : [], mark);
    }
  }

  /** Shows which lines are chosen, and the buttons for them where choosing ended. */
  private paintChosen(): void {
    const chosen = this.options.decisions?.divisible ? this.choice.chosen : null;
    for (const element of this.painted) {
      if (element instanceof RowElement) element.choose(chosen);
    }
    this.tools?.remove();
    this.tools = null;
    const end = this.choice.end;
    if (!chosen || end === null || !this.choice.settled) return;
    this.tools = tools(chosen, {
      decide: (mark) => {
        this.decide(chosen, null, mark);
      },
      close: () => {
        this.choice.clear();
      },
    });
    const below = this.layout.lineOf(chosen.from + chosen.count - 1) + 1;
    this.tools.style.transform = `translateY(${String(below * ROW_HEIGHT)}px)`;
    this.table.append(this.tools);
  }

  private newPages(): Pages {
    return new Pages(
      this.options.diff.rows,
      this.options.fetchRows,
      this.schedule,
      this.options.failed,
    );
  }

  private readonly schedule = (): void => {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  };

  private readonly slide = (): void => {
    this.root.style.setProperty("--slid", `${String(-this.slider.scrollLeft)}px`);
    this.root.classList.toggle("slid", this.slider.scrollLeft > 0);
  };

  private readonly wheel = (event: WheelEvent): void => {
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
    const before = this.slider.scrollLeft;
    this.slider.scrollLeft += sideways;
    if (this.slider.scrollLeft !== before) event.preventDefault();
  };

  /** Only one side can be selected at a time, so that copied text is the text of one version. */
  private readonly chooseSide = (event: MouseEvent): void => {
    const side = event.target instanceof Element ? event.target.closest(".side") : null;
    this.root.dataset["side"] = side?.classList.contains("old") ? "old" : "new";
  };

  private measure(): void {
    const { diff, label } = this.options;
    this.table.style.height = `${String(this.layout.height)}px`;
    this.table.setAttribute("aria-rowcount", String(diff.rows));
    this.table.setAttribute("aria-label", label);
    this.root.style.setProperty("--widest", String(diff.widest));
    const digits = Math.max(3, String(diff.rows).length);
    this.root.style.setProperty("--digits", String(digits));
    // A side is half the width less its numbers; the longest line can be slid in as a whole.
    this.sliderInside.style.width = `calc(50% + ${String(diff.widest + digits + 4)}ch)`;
  }

  private clear(): void {
    this.resize(0);
  }

  private paint(): void {
    const { scroller } = this.options;
    const view = scroller.getBoundingClientRect();
    // The arrow keys slide it, when there is something to slide.
    this.slider.tabIndex = this.slider.scrollWidth > this.slider.clientWidth ? 0 : -1;
    const top = view.top - this.table.getBoundingClientRect().top;
    const { from, to } = visible(top, view.height, this.layout.lines, SPARE);
    const by = from - this.first;
    this.turn(by);
    this.first = from;
    this.window.style.transform = `translateY(${String(from * ROW_HEIGHT)}px)`;
    this.resize(to - from);
    let waiting = false;
    for (let line = from; line < to; line++) waiting = this.paintLine(line) || waiting;
    // What is on screen comes first.
    if (!waiting && to > from) this.fetchAhead(by < 0 ? from : to - 1, by < 0 ? -1 : 1);
  }

  /** Fetches what a scroll in the same direction will show next. */
  private fetchAhead(line: number, direction: 1 | -1): void {
    for (const pages of [0.5, 1, 2, 3, 4]) {
      const at = this.layout.at(line + direction * pages * PAGE);
      if (at?.kind === "row") this.pages.near(at.row);
    }
  }

  /**
   * Moves lines that a short scroll took off one end to the other end. After a long one all are
   * filled again where they are, which costs less than moving most of them.
   */
  private turn(by: number): void {
    const count = Math.abs(by);
    if (count === 0 || count > this.painted.length / 3) return;
    if (by > 0) {
      const moved = this.painted.splice(0, count);
      this.window.append(...moved.map(({ root }) => root));
      this.painted.push(...moved);
    } else {
      const moved = this.painted.splice(-count);
      this.window.prepend(...moved.map(({ root }) => root));
      this.painted.unshift(...moved);
    }
  }

  /** Has as many lines on the page as are painted. */
  private resize(count: number): void {
    for (const surplus of this.painted.splice(count)) {
      surplus.root.remove();
      keep(surplus);
    }
    while (this.painted.length < count) {
      const added = spareRows.pop() ?? new RowElement();
      this.window.append(added.root);
      this.painted.push(added);
    }
  }

  /** Fills a line; whether its text is still on its way. */
  private paintLine(line: number): boolean {
    const at = this.layout.at(line);
    const there = this.painted[line - this.first];
    if (!at || !there) return false;
    if (at.kind === "row") {
      const row = this.pages.row(at.row);
      let element = there;
      if (!(element instanceof RowElement)) {
        element = spareRows.pop() ?? new RowElement();
        this.replace(line, element);
      }
      if (!element.shows(row, at.row)) {
        element.show(row, at.row);
        this.mark(element);
        element.choose(this.options.decisions?.divisible ? this.choice.chosen : null);
      }
      return row === undefined;
    }
    const state = this.bar(at);
    if (!(there instanceof BarElement) || !there.shows(state)) {
      this.replace(line, new BarElement(state));
    }
    return false;
  }

  private replace(line: number, by: LineElement): void {
    const there = this.painted[line - this.first];
    if (!there) return;
    there.root.replaceWith(by.root);
    keep(there);
    this.painted[line - this.first] = by;
  }

  private bar(at: Exclude<SurfaceLine, { kind: "row" }>): BarState {
    const { decisions } = this.options;
    const hunk = at.kind === "change" ? at.hunk : null;
    const number = (decisions?.first ?? 1) + (hunk ?? 0);
    const all = decisions?.all ?? this.options.diff.hunks.length;
    return {
      title: hunk === null ? "" : `Change ${String(number)} of ${String(all)}`,
      hunk,
      fold: at.kind === "change" ? at.fold : at,
      mark: hunk === null ? null : (decisions?.marks.ofHunk(hunk) ?? null),
      unfold: (fold) => {
        this.unfold(fold);
      },
      decide: (mark) => {
        this.decide(null, hunk, mark);
      },
    };
  }

  private unfold(fold: Fold): void {
    this.opened.add(fold.segment);
    this.layout = new Layout(this.options.diff, this.opened);
    this.measure();
    this.paint();
    this.paintChosen();
  }
}

function focusIn(element: LineElement | undefined): void {
  if (!(element instanceof BarElement)) return;
  const { root } = element;
  const first = root.querySelector<HTMLElement>(".decide") ?? root.querySelector("button");
  first?.focus({ preventScroll: true });
}

function keep(element: LineElement): void {
  if (element instanceof RowElement && spareRows.length < MOST_SPARE) spareRows.push(element);
}
