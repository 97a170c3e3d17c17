/** What suites share that go through one window step by step: each step needs the one before, and a failure is kept. */
import path from "node:path";
import type { EditorWindow } from "./browser";
import type { CodeServer } from "./codeServer";
import { repository } from "./needs";

/** @param scene what there is by the time of a failure */
export function stepByStep(scene: () => { readonly window: EditorWindow; readonly server: CodeServer }): void {
  let broken = false;

  beforeEach(function () {
    if (broken) this.skip();
  });

  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    broken = true;
    const { window, server } = scene();
    await window.picture(path.join(repository, ".cache/editor/failed.png"));
    server.keepLogs(path.join(repository, ".cache/editor/browser-logs"));
    console.error("      The window as it was: .cache/editor/failed.png; the logs: .cache/editor/browser-logs.");
  });
}
