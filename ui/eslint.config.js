import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const theOneDoor = {
  group: ["@tauri-apps/*"],
  message: "Only host/tauri.ts speaks to the shell.",
};
const onlyStateAsksTheHost = {
  group: ["**/host/tauri", "**/host/fake", "**/host/tauri.ts", "**/host/fake.ts"],
  message: "Components reach the engine through state/, never through a host.",
};

export default ts.config(
  { ignores: ["dist", "node_modules", "src/host/generated.ts"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      "no-restricted-imports": ["error", { patterns: [theOneDoor] }],
      "svelte/no-at-html-tags": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ["**/*.svelte"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [theOneDoor, onlyStateAsksTheHost] }],
    },
  },
  // State also keeps books that nothing draws; those stay plain.
  { files: ["src/state/*.svelte.ts"], rules: { "svelte/prefer-svelte-reactivity": "off" } },
  { files: ["src/host/tauri.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["*.config.*"], languageOptions: { globals: { ...globals.node } } },
);
