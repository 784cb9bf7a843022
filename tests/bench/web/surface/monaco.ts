/** Monaco's diff editor; its diff is always its own, made in its worker. */
import "monaco-editor/languages/definitions/typescript/register";
import * as monaco from "monaco-editor/editor/editor.api";
import EditorWorker from "monaco-editor/editor/editor.worker.js?worker";
import { text, type Open } from "./case";

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };

export const open: Open = async (box, given) => {
  const [old, fresh] = await Promise.all([text(given, "old"), text(given, "new")]);
  const language = given.coloured ? "typescript" : "plaintext";
  const editor = monaco.editor.createDiffEditor(box, {
    automaticLayout: false,
    fontFamily: "monospace",
    fontSize: 12,
    lineHeight: 21,
    minimap: { enabled: false },
    readOnly: true,
    renderSideBySide: true,
    scrollBeyondLastLine: false,
    smoothScrolling: false,
  });
  editor.setModel({
    original: monaco.editor.createModel(old, language),
    modified: monaco.editor.createModel(fresh, language),
  });
  const side = editor.getModifiedEditor();
  return {
    scroller: {
      get scrollTop() {
        return side.getScrollTop();
      },
      set scrollTop(top) {
        side.setScrollTop(top);
      },
      get scrollHeight() {
        return side.getScrollHeight();
      },
    },
    coloured: () => box.querySelector(".view-line span span:not(.mtk1)") !== null,
  };
};
