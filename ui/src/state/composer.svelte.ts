/**
 * A message that is being written, for one task or for a new one: its text, and what is attached.
 *
 * What is typed is handed to the engine at once, so that it survives a crash, and a window that is
 * closed right after the last key. While one request is under way the keys after it are gathered
 * into the next. Sending empties the field only after the engine has taken the text.
 */
import type { Failure } from "../host/generated";
import { toFailure, type Host } from "../host/host";
import { Attached } from "./attached.svelte";

export class Composer {
  text = $state("");
  sending = $state(false);
  failure = $state.raw<Failure | null>(null);
  attached: Attached;

  private kept: string;
  private keeping: Promise<void> = Promise.resolve();

  constructor(
    private host: Host,
    private task: string | null,
    unsent: string,
  ) {
    this.text = unsent;
    this.kept = unsent;
    this.attached = new Attached(host, task);
  }

  get empty(): boolean {
    return this.text.trim() === "" && this.attached.list.length === 0;
  }

  /** Whether all there is is this command to the app. */
  isCommand(name: string): boolean {
    return this.text.trim() === name && this.attached.list.length === 0;
  }

  type(text: string): void {
    this.text = text;
    this.failure = null;
    void this.keep();
  }

  /** What the engine kept earlier; text typed since then is not overwritten. */
  restore(unsent: string): void {
    if (this.text !== this.kept) return;
    this.text = unsent;
    this.kept = unsent;
  }

  /** Keeps of a text that is too long what fits. It is not sent by that. */
  async keepWhatFits(): Promise<void> {
    try {
      const fits = await this.attached.fit(this.text);
      if (fits !== null) this.type(fits);
    } catch (reason) {
      this.failure = toFailure(reason);
    }
  }

  /** Text that was sent and not heard. It comes before what was typed since. */
  giveBack(text: string): void {
    if (text !== "") this.type(this.text.trim() === "" ? text : `${text}\n\n${this.text}`);
    void this.attached.load();
  }

  /** Hands the text to the engine for keeping, one request after the other. */
  keep(): Promise<void> {
    this.keeping = this.keeping.then(async () => {
      const text = this.text;
      if (text === this.kept) return;
      try {
        await this.host.call("text/keep", { task: this.task, text });
        this.kept = text;
      } catch {
        // The text is still in the field, and the next key or the next blur tries again.
      }
    });
    return this.keeping;
  }

  /** Sends by `deliver`. On failure text and attachments stay and it says why. */
  async send(deliver: (text: string, attachments: string[]) => Promise<void>): Promise<void> {
    const typed = this.text;
    const text = typed.trim();
    const attachments = this.attached.list.map((each) => each.id);
    if (this.empty || this.sending || this.attached.adding > 0) return;
    this.sending = true;
    this.failure = null;
    try {
      await this.keeping;
      await deliver(text, attachments);
      // What was typed while it was on its way stays; what was sent does not.
      if (this.text.trim() === text) this.text = "";
      else if (this.text.startsWith(typed)) this.text = this.text.slice(typed.length).trimStart();
      this.attached.sent(attachments);
    } catch (reason) {
      this.failure = toFailure(reason);
    } finally {
      this.sending = false;
      void this.keep();
    }
  }
}
