/** How the editor looks: the roles of style/tokens.css, so that it follows the theme by itself. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self],
    color: "var(--code-keyword)",
  },
  {
    tag: [tags.string, tags.special(tags.string), tags.regexp, tags.attributeValue],
    color: "var(--code-string)",
  },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.propertyName),
      tags.definition(tags.typeName),
      tags.tagName,
      tags.heading,
    ],
    color: "var(--code-function)",
  },
  {
    tag: [tags.number, tags.bool, tags.null, tags.atom, tags.typeName, tags.className],
    color: "var(--code-number)",
  },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
]);

const frame = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--surface)", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--font-code)",
    fontSize: "var(--size-code)",
    lineHeight: "var(--row-height)",
    fontVariantLigatures: "none",
  },
  ".cm-content": {
    padding: "4px 0",
    caretColor: "var(--text)",
    userSelect: "text",
    WebkitUserSelect: "text",
    cursor: "text",
  },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "var(--surface)",
    color: "var(--text-faint)",
    border: "none",
  },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 10px 0 14px" },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--sunk) 55%, transparent)",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "color-mix(in srgb, var(--focus) 26%, transparent)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
  ".cm-searchMatch-selected": {
    backgroundColor: "color-mix(in srgb, var(--warn) 40%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--chosen)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--chosen)" },
  ".cm-panels": {
    backgroundColor: "var(--background)",
    color: "var(--text)",
    borderColor: "var(--line)",
  },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panels input[type=text], .cm-panels input:not([type])": {
    minHeight: "26px",
    padding: "0 8px",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius-control)",
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    font: "inherit",
  },
  ".cm-panels .cm-button": {
    minHeight: "26px",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius-control)",
    background: "var(--surface)",
    color: "var(--text)",
    font: "inherit",
  },
  ".cm-panel.cm-search": {
    display: "flex",
    flexWrap: "wrap",
    gap: "6px 8px",
    alignItems: "center",
    padding: "8px 32px 8px 12px",
    fontSize: "var(--size-small)",
  },
  ".cm-panel.cm-search br": { display: "none" },
  ".cm-panel.cm-search .cm-textfield": { flex: "0 1 180px", minWidth: "90px", margin: 0 },
  ".cm-panel.cm-search .cm-button": { margin: 0, padding: "0 8px" },
  ".cm-panels label, .cm-panel.cm-search label": {
    display: "inline-flex",
    gap: "5px",
    alignItems: "center",
    margin: 0,
    fontSize: "var(--size-small)",
  },
  ".cm-panel.cm-search input[type=checkbox]": { margin: 0 },
  ".cm-panel.cm-search [name=close], .cm-dialog-close": {
    top: "8px",
    right: "6px",
    padding: "0 6px",
    color: "var(--text-quiet)",
    fontSize: "16px",
  },
});

export const look: Extension = [frame, syntaxHighlighting(colours)];
