/** Starts the window: the state over the host, then the screens over the state. */
import "./style/index.css";
import { mount } from "svelte";
import AppScreen from "./App.svelte";
import type { Host } from "./host/host";
import { TauriHost } from "./host/tauri";
import { App } from "./state/app.svelte";
import { Look } from "./state/look.svelte";

async function host(): Promise<Host> {
  const inApp = "__TAURI_INTERNALS__" in window;
  // In a plain browser `npm run dev` plays a story; the built page always speaks to the shell.
  if (import.meta.env.DEV && !inApp) return (await import("./host/story/index")).story();
  return new TauriHost();
}

const target = document.getElementById("app");
if (target) {
  const app = new App(await host());
  const look = new Look();
  look.start();
  mount(AppScreen, { target, props: { app, look } });
  app.start();
}
