/** CodeMirror's merge view, read only, with and without its own diff. */
import { javascript } from "@codemirror/lang-javascript";
import { defaultHighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Change, MergeView, type DiffConfig } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { changes, text, type Open } from "./case";

const theme = EditorView.theme({
  "&": { fontSize: "12px" },
  ".cm-content": { fontFamily: "monospace", padding: "0" },
  ".cm-line": { lineHeight: "21px" },
  ".cm-gutterElement": { lineHeight: "21px" },
});

export const open: Open = async (box, given) => {
  const [old, fresh] = await Promise.all([text(given, "old"), text(given, "new")]);
  let diffConfig: DiffConfig | undefined;
  if (!given.ownDiff) {
    const known = (await changes(given)).map((change) => new Change(...change));
    diffConfig = { override: () => known };
  }
  const extensions = [
    lineNumbers(),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    theme,
    given.coloured ? [javascript({ typescript: true }), syntaxHighlighting(defaultHighlightStyle)] : [],
  ];
  const view = new MergeView({
    a: { doc: old, extensions },
    b: { doc: fresh, extensions },
    parent: box,
    ...(diffConfig ? { diffConfig } : {}),
  });
  const scroller = view.dom;
  scroller.classList.add("scroll");
  return { scroller, coloured: () => box.querySelector(".cm-line span") !== null };
};
