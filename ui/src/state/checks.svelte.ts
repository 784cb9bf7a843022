/**
 * The checks of one task, or of the project while no task is on screen.
 *
 * Which checks there are is asked for; how they went is read from the task's items, so that a run
 * is shown here and in the conversation alike. The list is asked for when it is first looked at,
 * and again whenever the private copy changed.
 */
import type { Check, CheckList, CheckResult, Item, ItemKind } from "../host/generated";
import type { Host } from "../host/host";
import { toFailure } from "../host/host";
import type { Workspace } from "./workspace.svelte";
import { count } from "./words";

type Of<T extends ItemKind["type"]> = Extract<ItemKind, { type: T }>;

/** Characters of a running check's output that are kept: the newest. */
const MOST_LIVE = 12_000;

/** The newest whole lines of a text. */
export function tail(text: string): string {
  if (text.length <= MOST_LIVE) return text;
  const from = text.length - MOST_LIVE;
  const line = text.indexOf("\n", from);
  return text.slice(line < 0 ? from : line + 1);
}

/** One run of a check. */
export interface Run extends Of<"check"> {
  id: string;
  turn: number;
  startedAt: number;
}

export interface Rounds extends Of<"untilGreen"> {
  id: string;
}

export interface Mark {
  text: string;
  label: string;
  tone: "quiet" | "go" | "stop";
}

const WRONG: CheckResult[] = ["failed", "crashed", "timedOut", "tooMuchOutput"];

export class Checks {
  list = $state.raw<CheckList | null>(null);
  /** Why the last thing asked for was not done. */
  refused = $state("");
  /** A verb is under way. */
  busy = $state(false);
  /** Stop was asked and nothing has ended yet. */
  stopping = $state(false);

  /** All runs, newest first. */
  runs = $derived.by(() => {
    const runs: Run[] = [];
    for (const { id, turn, startedAt, kind } of this.items()) {
      if (kind.type === "check") runs.unshift({ ...kind, id, turn, startedAt });
    }
    return runs;
  });
  running = $derived(this.runs.find((run) => run.result === "running") ?? null);
  /** Until green in its newest form. */
  rounds = $derived.by((): Rounds | null => {
    const newest = this.items().findLast((item) => item.kind.type === "untilGreen");
    return newest?.kind.type === "untilGreen" ? { ...newest.kind, id: newest.id } : null;
  });
  repeating = $derived(this.rounds !== null && this.rounds.ending === null);

  /** What the tab says of the newest test run. */
  mark = $derived.by((): Mark | null => {
    if (this.running) return { text: "…", label: "a check is running", tone: "quiet" };
    const run = this.runs.find((each) => each.result === "passed" || WRONG.includes(each.result));
    if (!run || this.isStale(run)) return null;
    if (run.result === "passed") return { text: "✓", label: "passed", tone: "go" };
    const failed = run.tests?.failed ?? 0;
    return failed > 0
      ? { text: String(failed), label: `${count(failed, "test")} failed`, tone: "stop" }
      : { text: "!", label: "failed", tone: "stop" };
  });

  private round = 0;

  constructor(
    private host: Host,
    readonly workspace: Workspace,
    /** The task; null for the project. */
    readonly task: string | null,
    private items: () => Item[],
  ) {}

  /** Runs of one check, newest first. */
  of(check: Check): Run[] {
    return this.runs.filter((run) => run.check === check.id);
  }

  /** Whether the private copy holds other bytes than those that the run was had on. */
  isStale(run: Run): boolean {
    return run.draft !== "" && this.list?.draft != null && this.list.draft !== run.draft;
  }

  /** Asks for the list; only the newest answer counts. */
  async load(): Promise<void> {
    const round = ++this.round;
    try {
      const list = await this.host.call("check/list", { task: this.task });
      if (round === this.round) this.list = list;
    } catch (reason) {
      if (round === this.round) this.workspace.fail(reason);
    }
  }

  /** Asks again, once it has been looked at. */
  async reload(): Promise<void> {
    if (this.list) await this.load();
  }

  run(check: Check): Promise<void> {
    return this.act(async (task) => {
      await this.host.call("check/run", { task, check: check.id, seconds: null });
    });
  }

  send(check: Check): Promise<void> {
    return this.act(async (task) => {
      this.workspace.offer(await this.host.call("check/send", { task, check: check.id }));
    });
  }

  untilGreen(check: Check): Promise<void> {
    return this.act(async (task) => {
      const ask = { task, check: check.id, rounds: null };
      this.workspace.offer(await this.host.call("check/untilGreen", ask));
    });
  }

  /** Stops the check, or the rounds and whatever is under way in them. */
  async stop(): Promise<void> {
    const task = this.task;
    if (task === null || this.stopping) return;
    this.stopping = true;
    try {
      await this.host.call("check/stop", { task });
    } catch (reason) {
      this.refuse(reason);
    } finally {
      this.stopping = false;
    }
  }

  /** Keeps a check that was typed; `false` when it was refused. */
  async save(check: string | null, command: string, tests: boolean): Promise<boolean> {
    this.refused = "";
    try {
      const list = await this.host.call("check/save", { task: this.task, check, command, tests });
      this.round += 1;
      this.list = list;
      return true;
    } catch (reason) {
      this.refuse(reason);
      return false;
    }
  }

  async remove(check: Check): Promise<void> {
    this.refused = "";
    try {
      const list = await this.host.call("check/remove", { task: this.task, check: check.id });
      this.round += 1;
      this.list = list;
    } catch (reason) {
      this.refuse(reason);
    }
  }

  private async act(verb: (task: string) => Promise<void>): Promise<void> {
    if (this.task === null || this.busy) return;
    this.busy = true;
    this.refused = "";
    try {
      await verb(this.task);
    } catch (reason) {
      this.refuse(reason);
    } finally {
      this.busy = false;
    }
  }

  private refuse(reason: unknown): void {
    const { message, hint } = toFailure(reason);
    this.refused = `${message} ${hint}`.trim();
  }
}
