/**
 * Whom the rules of Automatic would ask for the message that is being written, and the rules.
 *
 * The engine decides. While one request is under way the keys after it are gathered into the next.
 */
import type { ModelChosen, ModelRule } from "../host/generated";
import type { Host } from "../host/host";

/** What stands for the rules where the name of a model is asked for. */
export const AUTO = "auto";

export class Automatic {
  /** Whom they would ask; null before the first answer. */
  would = $state.raw<ModelChosen | null>(null);
  /** All of them, in their order, once they were asked for. */
  rules = $state.raw<ModelRule[]>([]);

  private asking = false;
  private next: string | null = null;
  private held = false;

  constructor(
    private host: Host,
    private task: string | null,
  ) {}

  /** Looks at what is typed now. */
  async look(text: string): Promise<void> {
    this.held = false;
    this.next = text;
    if (this.asking) return;
    this.asking = true;
    while (this.next !== null) {
      const text: string = this.next;
      this.next = null;
      try {
        const would = await this.host.call("model/would", { task: this.task, text });
        if (!this.held) this.would = would;
      } catch {
        // Only the preview is missing; who is asked is decided when it is sent.
        if (!this.held) this.would = null;
      }
    }
    this.asking = false;
  }

  /** Shows who is at work: what is typed meanwhile is heard by that one. */
  hold(chosen: ModelChosen | null): void {
    this.held = true;
    this.next = null;
    this.would = chosen;
  }

  /** Asks for the rules. */
  async list(): Promise<void> {
    if (this.rules.length === 0) this.rules = await this.host.call("model/rules", {});
  }
}
