/** Opens one viewer on a click, scrolls it, and reports how long that took. */
import { elements, type Given, type Open, type Opened } from "./case";

const STEPS = 90;
const STEP = 900;
const JUMPS = 12;

interface Module {
  open: Open;
  prepare?: (task: string, coloured: boolean) => Promise<unknown>;
}

const cases: Record<string, () => Promise<Module>> = {
  ours: () => import("./ours"),
  cm6: () => import("./cm6"),
  monaco: () => import("./monaco"),
  pierre: () => import("./pierre"),
  fulldom: () => import("./fulldom"),
};

const frame = (): Promise<number> => new Promise((done) => requestAnimationFrame(done));
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const memory = async (): Promise<number> => (await fetch("/memory")).json();

/** The words on the page; a viewer may write blanks as something else. */
function words(root: Element | ShadowRoot): string {
  let all = root.textContent ?? "";
  for (const element of elements(root)) if (element.shadowRoot) all += words(element.shadowRoot);
  return all;
}

/** Counts what keeps the page from anything else for more than 50 ms, until it is stopped. */
function longTasks(): () => number {
  let long = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - last > 54) long += 1;
    last = now;
  }, 4);
  return () => {
    clearInterval(timer);
    return long;
  };
}

async function until(what: () => boolean, limit: number): Promise<number | null> {
  const end = performance.now() + limit;
  while (performance.now() < end) {
    await frame();
    if (what()) {
      // That frame paints it; the next one begins when it is painted.
      await frame();
      return performance.now();
    }
  }
  return null;
}

function quantile(sorted: number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** The times of frames while each shows a part that the one before did not. */
async function scrolled(opened: Opened): Promise<number[]> {
  const times: number[] = [];
  await frame();
  let last = await frame();
  for (let step = 0; step < STEPS; step++) {
    opened.scroller.scrollTop += STEP;
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  return times.sort((a, b) => a - b);
}

/** How many frames of such a scroll have a place without a line, looked at when they are painted. */
async function blanks(opened: Opened, box: HTMLElement): Promise<number> {
  const places = [60, 300, 560, 800].flatMap((y) => [80, 760].map((x) => [x, y] as const));
  const edge = box.getBoundingClientRect();
  const empty = ([x, y]: readonly [number, number]): boolean => {
    let root: Document | ShadowRoot = document;
    let hit: Element | null = null;
    for (;;) {
      hit = root.elementFromPoint(edge.x + x, edge.y + y);
      if (!hit?.shadowRoot || hit.shadowRoot === root) break;
      root = hit.shadowRoot;
    }
    return hit?.closest(".loading") != null || (hit?.getBoundingClientRect().height ?? 0) > 100;
  };
  let blank = 0;
  for (let step = 0; step < STEPS; step++) {
    opened.scroller.scrollTop += STEP;
    await frame();
    await pause(0);
    if (places.some(empty)) blank += 1;
  }
  return blank;
}

async function jumped(opened: Opened): Promise<number> {
  const times: number[] = [];
  let seed = 7;
  for (let jump = 0; jump < JUMPS; jump++) {
    seed = (seed * 16807) % 2147483647;
    const start = await frame();
    opened.scroller.scrollTop = (seed / 2147483647) * (opened.scroller.scrollHeight - 900);
    await frame();
    times.push((await frame()) - start);
  }
  return quantile(times.sort((a, b) => a - b), 0.5);
}

async function measure(asked: URLSearchParams): Promise<Record<string, unknown>> {
  const word = (name: string): string => asked.get(name) ?? "";
  const given: Given = {
    size: word("size"),
    coloured: word("look") === "coloured",
    ownDiff: word("diff") === "own",
    path: word("path"),
    task: word("task"),
  };
  const box = document.getElementById("box")!;
  const button = document.getElementById("open")!;
  const module = await cases[word("case")]!();
  await module.prepare?.(given.task, given.coloured);
  await document.fonts.ready;
  await pause(300);
  // The window gets its size from outside, after it is there.
  for (let tries = 0; innerWidth < 1380 || innerHeight < 900; tries++) {
    if (tries > 200) throw new Error(`the window is ${innerWidth}x${innerHeight}`);
    await pause(50);
  }
  await pause(300);

  const stop = longTasks();
  let clicked = 0;
  const opening = new Promise<Opened>((done, failed) => {
    button.addEventListener("click", () => {
      clicked = performance.now();
      module.open(box, given).then(done, failed);
    });
  });
  button.click();
  const opened = await opening;
  const painted = await until(() => words(box).includes(word("marker")), 60_000);
  if (painted === null) throw new Error("the first screen never came");
  const coloured = given.coloured ? await until(opened.coloured, 20_000) : null;
  await pause(400);
  const long = stop();
  const memoryOpen = await memory();

  const frames = await scrolled(opened);
  const nodes = [...elements(box)].length;
  await pause(300);
  opened.scroller.scrollTop = 0;
  await pause(300);
  const blank = await blanks(opened, box);
  await pause(300);
  const jump = await jumped(opened);
  await pause(300);
  return {
    paint: painted - clicked,
    colour: coloured === null ? null : coloured - clicked,
    p50: quantile(frames, 0.5),
    p95: quantile(frames, 0.95),
    max: quantile(frames, 1),
    slow: frames.filter((time) => time > 33).length,
    blank,
    jump,
    long,
    nodes,
    memoryOpen,
    memory: await memory(),
  };
}

async function report(what: Record<string, unknown>): Promise<void> {
  await fetch("/report", { method: "POST", body: JSON.stringify(what) });
}

addEventListener("error", (event) => {
  // Said when sizes settle over two frames, which is no fault.
  if (!event.message.startsWith("ResizeObserver loop")) void report({ problem: event.message });
});
addEventListener("unhandledrejection", (event) => void report({ problem: `${String(event.reason)}` }));
measure(new URLSearchParams(location.search)).then(report, (reason: unknown) =>
  report({ problem: String(reason) }),
);
