/** How this window looks: theme and column widths. Kept in the browser's storage, not the engine. */
export type Theme = "system" | "light" | "dark";
export type Column = "tasks" | "chat";

interface Bounds {
  standard: number;
  least: number;
  most: number;
}

export const BOUNDS: Record<Column, Bounds> = {
  tasks: { standard: 248, least: 180, most: 400 },
  chat: { standard: 436, least: 320, most: 760 },
};

/** What the work column keeps, whatever the others want. */
export const LEAST_WORK = 420;

function stored(key: string): string | null {
  try {
    return localStorage.getItem(`greenlight.${key}`);
  } catch {
    return null;
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(`greenlight.${key}`, value);
  } catch {
    // A window without storage still works; it only forgets.
  }
}

function clamp(value: number, { least, most }: Bounds): number {
  return Math.round(Math.min(most, Math.max(least, value)));
}

export class Look {
  theme = $state<Theme>("system");
  widths = $state<Record<Column, number>>({ tasks: 248, chat: 436 });
  /** The review takes the whole window. */
  wholeReview = $state(false);
  private systemDark = $state(false);

  dark = $derived(this.theme === "dark" || (this.theme === "system" && this.systemDark));

  constructor() {
    const theme = stored("theme");
    if (theme === "light" || theme === "dark") this.theme = theme;
    for (const column of ["tasks", "chat"] as const) {
      const width = Number(stored(`width.${column}`));
      this.widths[column] = width ? clamp(width, BOUNDS[column]) : BOUNDS[column].standard;
    }
  }

  /** Follows the system's setting and marks the document. Returns what ends it. */
  start(): () => void {
    const system = window.matchMedia?.("(prefers-color-scheme: dark)");
    const follow = () => (this.systemDark = system?.matches ?? false);
    follow();
    system?.addEventListener("change", follow);
    const stopMarking = $effect.root(() => {
      $effect(() => {
        document.documentElement.dataset.theme = this.dark ? "dark" : "light";
      });
    });
    return () => {
      system?.removeEventListener("change", follow);
      stopMarking();
    };
  }

  choose(theme: Theme): void {
    this.theme = theme;
    store("theme", theme);
  }

  widen(column: Column, width: number): void {
    this.widths[column] = clamp(width, BOUNDS[column]);
    store(`width.${column}`, String(this.widths[column]));
  }
}
