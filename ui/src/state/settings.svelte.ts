/**
 * What Settings shows, and its verbs.
 *
 * A key passes through here on its way to the engine and is kept nowhere: the field that it was
 * typed in is the only place in the page that ever holds it, until it is saved.
 */
import type {
  ConnectionReport,
  Effort,
  Environment,
  Failure,
  ModelEntry,
  ModelList,
  ModelTraits,
  NearbyServer,
  ProviderEntry,
  ProviderPut,
  Settings,
} from "../host/generated";
import { toFailure, type Host } from "../host/host";
import { Automatic } from "./automatic.svelte";
import type { UsageState } from "./usage.svelte";

/** What the person says of a provider. */
export type ProviderDraft = Omit<ProviderPut, "provider">;

/** Failures that a form tells at the field they are about. */
const AT_FIELDS: Failure["code"][] = ["caFile", "proxy"];

export type Page = "models" | "usage" | "environment";

export class SettingsState {
  /** The page on screen; null while Settings is closed. */
  page = $state<Page | null>(null);
  view = $state.raw<Settings | null>(null);
  environment = $state.raw<Environment | null>(null);
  /** The models of the chosen provider, once its server was asked. */
  models = $state.raw<ModelList | null>(null);
  /** What is known of the models that can be chosen. */
  known = $state.raw<ModelEntry[] | null>(null);
  /** Servers of models on this computer, once they were looked for. */
  nearby = $state.raw<NearbyServer[] | null>(null);
  /** What is under way, by the name of its button. */
  busy = $state<string | null>(null);
  /** Why the last change was not made. */
  failure = $state.raw<Failure | null>(null);
  /** What came of the last try of each provider, by id. */
  reports = $state.raw<Record<string, ConnectionReport>>({});
  checking = $state<string | null>(null);

  chosen = $derived.by((): ProviderEntry | null => {
    const { view } = this;
    return view?.providers.find((provider) => provider.id === view.chosen) ?? null;
  });

  /** The same where it is not told at a field. */
  farFailure = $derived.by((): Failure | null => {
    const { failure } = this;
    return failure && AT_FIELDS.includes(failure.code) ? null : failure;
  });
  /** The rules of Automatic, for the model of new tasks. */
  automatic: Automatic;

  private checks = 0;

  constructor(
    private host: Host,
    private usage: UsageState,
  ) {
    this.automatic = new Automatic(host, null);
  }

  /** Opens a page and looks at what is true now, also in the keychain. */
  show(page: Page): void {
    const opened = this.page === null;
    this.page = page;
    this.failure = null;
    if (opened) {
      this.reports = {};
      void this.load();
      void this.look();
    }
    if (page === "environment") void this.loadEnvironment();
    if (page === "usage") void this.usage.load();
  }

  close(): void {
    this.page = null;
    this.checks += 1;
    this.checking = null;
    this.failure = null;
  }

  /** Something differs, by whoever's doing. */
  changed(): void {
    this.models = null;
    if (this.page === null) return;
    void this.load();
    if (this.page === "environment") void this.loadEnvironment();
    if (this.page === "usage") void this.usage.load();
  }

  private async load(): Promise<void> {
    try {
      this.view = await this.host.call("settings/get", {});
      void this.loadKnown();
    } catch (reason) {
      this.failure = toFailure(reason);
    }
  }

  /** Asks the keychain, which may ask the person. */
  look(): Promise<boolean> {
    return this.run("look", () => this.host.call("settings/look", {}));
  }

  choose(provider: string): Promise<boolean> {
    return this.run("choose", () => this.host.call("provider/choose", { provider }));
  }

  put(provider: string | null, draft: ProviderDraft): Promise<boolean> {
    if (provider) this.forgetReport(provider);
    return this.run("put", () => this.host.call("provider/put", { provider, ...draft }));
  }

  /** Lets the person choose a file of certificates for the form; null when they chose none. */
  async pickCertificates(): Promise<string | null> {
    try {
      return await this.host.pickCertificates();
    } catch (reason) {
      this.failure = toFailure(reason);
      return null;
    }
  }

  remove(provider: string): Promise<boolean> {
    return this.run("remove", () => this.host.call("provider/remove", { provider }));
  }

  setKey(provider: string, key: string): Promise<boolean> {
    this.forgetReport(provider);
    return this.run("key", () => this.host.call("credential/set", { provider, key }));
  }

  removeKey(provider: string): Promise<boolean> {
    this.forgetReport(provider);
    return this.run("key", () => this.host.call("credential/remove", { provider }));
  }

  /** Whether the same question may be answered from an earlier answer. */
  setAnswerCache(on: boolean): Promise<boolean> {
    return this.run("answers", () => this.host.call("settings/answerCache", { on }));
  }

  /** The model of new tasks from now on. */
  prefer(model: string, effort: Effort): Promise<boolean> {
    return this.run("prefer", () => this.host.call("model/prefer", { model, effort }));
  }

  /** Tries a provider. What comes after Settings was closed, or after another try, is not shown. */
  async check(provider: string): Promise<void> {
    const check = ++this.checks;
    this.checking = provider;
    this.forgetReport(provider);
    let report: ConnectionReport;
    try {
      report = await this.host.call("provider/check", { provider });
    } catch (reason) {
      report = {
        works: false,
        wire: null,
        speed: "",
        slow: null,
        tier: null,
        ...toFailure(reason),
      };
    }
    if (check !== this.checks) return;
    this.checking = null;
    this.reports = { ...this.reports, [provider]: report };
  }

  putModel(model: string, traits: ModelTraits): Promise<boolean> {
    return this.run("model", () => this.host.call("model/put", { model, traits }));
  }

  /** What is built in holds again. */
  forgetModel(model: string): Promise<boolean> {
    return this.run("model", () => this.host.call("model/forget", { model }));
  }

  /** Puts a model on the list with what is taken for granted of it. */
  describe(model: string): Promise<boolean> {
    return this.run("model", () => this.host.call("model/describe", { model }));
  }

  /** Looks at the usual ports of this computer, when the person adds a provider. */
  async findNearby(): Promise<void> {
    if (this.busy === "nearby") return;
    this.busy = "nearby";
    try {
      this.nearby = await this.host.call("provider/nearby", {});
    } catch (reason) {
      this.failure = toFailure(reason);
    } finally {
      if (this.busy === "nearby") this.busy = null;
    }
  }

  private async loadKnown(): Promise<void> {
    try {
      this.known = await this.host.call("model/known", {});
    } catch (reason) {
      this.failure = toFailure(reason);
    }
  }

  /** Asks the server for its models, when the person opens a list of them. */
  async listModels(): Promise<void> {
    if (this.models) return;
    try {
      this.models = await this.host.call("model/list", {});
    } catch {
      // The known models are there, and any other can be typed.
    }
  }

  private async loadEnvironment(): Promise<void> {
    try {
      this.environment = await this.host.call("environment/get", {});
    } catch (reason) {
      this.failure = toFailure(reason);
    }
  }

  async readEnvironment(): Promise<void> {
    if (this.busy === "environment") return;
    this.busy = "environment";
    try {
      this.environment = await this.host.call("environment/read", {});
    } catch (reason) {
      this.failure = toFailure(reason);
    } finally {
      this.busy = null;
    }
  }

  private forgetReport(provider: string): void {
    this.reports = Object.fromEntries(
      Object.entries(this.reports).filter(([id]) => id !== provider),
    );
  }

  private async run(what: string, verb: () => Promise<Settings>): Promise<boolean> {
    this.busy = what;
    this.failure = null;
    try {
      this.view = await verb();
      void this.loadKnown();
      return true;
    } catch (reason) {
      this.failure = toFailure(reason);
      return false;
    } finally {
      if (this.busy === what) this.busy = null;
    }
  }
}
