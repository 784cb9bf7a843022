import type { FileDiff } from "../../host/generated";
import { Layout, ROW_HEIGHT, visible } from "./layout";
import { FoldBar } from "./fold";
import { RowElement } from "./paint";
import { PAGE, Pages, type FetchRows } from "./pages";
import "./surface.css";

/** Lines painted above and below the viewport, so that a short scroll shows no blank. */
const SPARE = 12;

/** Rows that were taken off a page, for the next surface or a taller screen to fill again. */
const spareRows: RowElement[] = [];

/** So many of them are kept. */
const MOST_SPARE = 200;

/** One painted line. */
type LineElement = RowElement | FoldBar;

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
  /** Told when rows could not be fetched, so that the page can ask for the newest version. */
  failed: (reason: unknown) => void;
}

/**
 * A side-by-side diff of one file, as tall as all its lines and painted only where it is on screen.
 *
 * It knows no framework: it takes an element, keeps the elements of one screen in it, in order,
 * and fills them again while the page scrolls. It keeps no text but the pages near the viewport, so a file of
 * 100,000 lines costs what one of 100 does. It never decides anything; bars and buttons are the
 * business of whoever puts it on the page.
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
    this.resized = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(this.schedule);
    this.resized?.observe(options.scroller);
    this.resized?.observe(root);
    this.measure();
    this.paint();
  }

  /** Shows another version; folds that were opened stay open while the version is the same. */
  update(options: SurfaceOptions): void {
    if (options.diff.shown !== this.options.diff.shown) this.opened.clear();
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

  /** Takes the surface off the page. */
  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.options.scroller.removeEventListener("scroll", this.schedule);
    this.root.removeEventListener("wheel", this.wheel);
    this.root.removeEventListener("mousedown", this.chooseSide);
    this.resized?.disconnect();
    this.pages.close();
    this.clear();
    this.table.remove();
    this.slider.remove();
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
      this.window.append(...moved.map(rootOf));
      this.painted.push(...moved);
    } else {
      const moved = this.painted.splice(-count);
      this.window.prepend(...moved.map(rootOf));
      this.painted.unshift(...moved);
    }
  }

  /** Has as many lines on the page as are painted. */
  private resize(count: number): void {
    for (const surplus of this.painted.splice(count)) {
      rootOf(surplus).remove();
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
      if (!element.shows(row, at.row)) element.show(row, at.row);
      return row === undefined;
    }
    if (!(there instanceof FoldBar) || there.segment !== at.segment) {
      const open = (): void => this.openFold(at.segment);
      this.replace(line, new FoldBar(at.segment, at.count, open));
    }
    return false;
  }

  private replace(line: number, by: LineElement): void {
    const there = this.painted[line - this.first];
    if (!there) return;
    rootOf(there).replaceWith(rootOf(by));
    keep(there);
    this.painted[line - this.first] = by;
  }

  private openFold(segment: number): void {
    this.opened.add(segment);
    this.layout = new Layout(this.options.diff, this.opened);
    this.measure();
    this.paint();
  }
}

function keep(element: LineElement): void {
  if (element instanceof RowElement && spareRows.length < MOST_SPARE) spareRows.push(element);
}

function rootOf(element: LineElement): HTMLElement {
  return element.root;
}
