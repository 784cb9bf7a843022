/** Whether the person is told outside of the window what happens to tasks. */
import type { Host } from "../host/host";
import type { App } from "./app.svelte";

export class Alerts {
  /** Null until it was asked for. */
  on = $state<boolean | null>(null);

  constructor(
    private host: Host,
    private app: App,
  ) {}

  load(): Promise<boolean> {
    return this.app.try(async () => {
      this.on = (await this.host.call("alert/get", {})).on;
    });
  }

  choose(on: boolean): Promise<boolean> {
    return this.app.try(async () => {
      this.on = (await this.host.call("alert/set", { on })).on;
    });
  }
}
