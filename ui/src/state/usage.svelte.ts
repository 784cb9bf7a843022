/** What was spent, and the budgets. */
import type { Budget, Failure, UsageNow, UsageReport } from "../host/generated";
import { toFailure, type Host } from "../host/host";

export class UsageState {
  /** What the context meter tells, once it was asked for. */
  now = $state.raw<UsageNow | null>(null);
  report = $state.raw<UsageReport | null>(null);
  budget = $state.raw<Budget | null>(null);
  /** Why the last change or question came to nothing. */
  failure = $state.raw<Failure | null>(null);
  saving = $state(false);

  private asks = 0;

  constructor(private host: Host) {}

  /** Asks what a task has spent; the newest answer counts. */
  async look(task: string): Promise<void> {
    const ask = ++this.asks;
    try {
      const now = await this.host.call("usage/get", { task });
      if (ask !== this.asks) return;
      this.now = now;
      this.failure = null;
    } catch (reason) {
      if (ask === this.asks) this.failure = toFailure(reason);
    }
  }

  /** What is shown of one task is nothing for another. */
  forget(): void {
    this.asks += 1;
    this.now = null;
    this.failure = null;
  }

  async load(): Promise<void> {
    try {
      const [report, budget] = await Promise.all([
        this.host.call("usage/report", {}),
        this.host.call("budget/get", {}),
      ]);
      this.report = report;
      this.budget = budget;
      this.failure = null;
    } catch (reason) {
      this.failure = toFailure(reason);
    }
  }

  async setBudget(budget: Budget): Promise<boolean> {
    this.saving = true;
    this.failure = null;
    try {
      this.budget = await this.host.call("budget/set", budget);
      return true;
    } catch (reason) {
      this.failure = toFailure(reason);
      return false;
    } finally {
      this.saving = false;
    }
  }
}
