/** Hands the state to components. */
import { createContext } from "svelte";
import type { App } from "./app.svelte";
import type { Look } from "./look.svelte";

export const [getApp, setApp] = createContext<App>();
export const [getLook, setLook] = createContext<Look>();
