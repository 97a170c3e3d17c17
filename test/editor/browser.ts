/**
 * The window that a user would see: Debian's Chromium, driven without a display, on a page of the editor host. It
 * knows the few places of VS Code's workbench that the tests touch (squiggle, hover, quick fix), and no test's subject.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { CodeServer } from "./codeServer";

/** Enough for a cold start on two busy cores; an event ends every wait earlier. */
const patience = 30_000;

/** Settings that keep a window to its editor, and its pictures fit for a README. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  "breadcrumbs.enabled": false,
  "chat.commandCenter.enabled": false,
  "chat.disableAIFeatures": true,
  "editor.fontSize": 16,
  "editor.lightbulb.enabled": "on",
  "editor.minimap.enabled": false,
  "editor.occurrencesHighlight": "off",
  "editor.scrollbar.vertical": "hidden",
  "editor.stickyScroll.enabled": false,
  "editor.wordWrap": "on",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off", // in a browser it is on by default
  "git.enabled": false,
  "remote.autoForwardPorts": false,
  "security.workspace.trust.banner": "never",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "window.commandCenter": false,
  "window.menuBarVisibility": "hidden",
  "workbench.activityBar.location": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.editor.editorActionsLocation": "hidden",
  "workbench.layoutControl.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** Starts a browser from the binary at `executablePath`, for pages of loopback servers alone. */
export function startBrowser(executablePath: string): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const loopbackOnly = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
  return chromium.launch({
    executablePath,
    args: [...args, "--disable-component-update", "--disable-sync", loopbackOnly],
  });
}

/** A page of the size of the pictures, with nothing loaded. */
export async function newPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 500 }, colorScheme: "dark" });
  page.setDefaultTimeout(patience);
  return page;
}

/** The kinds that are drawn as a wave; a hint is three dots. */
export type Squiggle = "warning" | "error" | "info";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** One editor window with one file open. */
export class EditorWindow {
  private constructor(private readonly page: Page) {}

  /** Resolves when the file's text is shown and the side bar is out of the way. */
  static async open(browser: Browser, server: CodeServer, folder: string, file: string): Promise<EditorWindow> {
    const page = await newPage(browser);
    await page.goto(server.windowUrl(folder, [["openFile", server.fileUri(file)]]));
    await page.locator(".monaco-editor .view-line").first().waitFor();
    await restMouse(page);
    if (await page.locator(".part.sidebar").isVisible()) {
      await page.keyboard.press("Control+b");
      await page.locator(".part.sidebar").waitFor({ state: "hidden" });
    }
    return new EditorWindow(page);
  }

  /** Resolves with the middle of the first squiggle of a kind, once there is one. */
  async squiggle(kind: Squiggle): Promise<Point> {
    // Asked within the page, at one instant: VS Code draws its squiggles anew all the time.
    const handle = await this.page.waitForFunction(`(() => {
      const box = document.querySelector(".monaco-editor .squiggly-${kind}")?.getBoundingClientRect();
      return box && box.width > 0 ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : null;
    })()`);
    return (await handle.jsonValue()) as Point;
  }

  /** Points at the text above a squiggle, and gives the hover once it holds `expected`. */
  async hover(kind: Squiggle, expected: string | RegExp): Promise<string> {
    const { x, y } = await this.squiggle(kind);
    await this.page.mouse.move(x, y, { steps: 3 });
    const hover = this.page.locator(".monaco-hover:not(.hidden)").filter({ hasText: expected }).first();
    await hover.waitFor();
    return (await hover.textContent()) ?? "";
  }

  /** Puts the cursor into the text above a squiggle, opens its quick fixes, and gives the titles. */
  async openQuickFixes(kind: Squiggle): Promise<string[]> {
    await this.closeHover();
    const { x, y } = await this.squiggle(kind);
    await this.page.mouse.click(x, y);
    await restMouse(this.page); // else the hover comes back, over the list
    const actions = this.page.locator(".action-widget .action .title");
    // A list that is asked for while new findings arrive is dropped by the editor: a person asks again.
    for (let asked = 1; ; asked += 1) {
      await this.page.keyboard.press("Control+.");
      const shown = await actions
        .first()
        .waitFor({ timeout: 10_000 })
        .then(
          () => true,
          () => false,
        );
      if (shown) return actions.allTextContents();
      if (asked === 3) throw new Error("The list of quick fixes was asked for three times, and did not open.");
    }
  }

  /** Takes the first open quick fix with such a title. */
  async takeQuickFix(title: RegExp): Promise<void> {
    await this.page.locator(".action-widget .action .title", { hasText: title }).first().click();
  }

  /** Resolves when the editor shows `text`, wrapped or not. */
  async showsText(text: string): Promise<void> {
    await this.page.locator(".monaco-editor .view-lines").filter({ hasText: text }).waitFor();
  }

  /** Saves a changed file, and resolves when its tab is no longer marked as changed: then it is on disk. */
  async save(): Promise<void> {
    await this.page.locator(".tab.active.dirty").waitFor(); // the mark comes a little after the text
    await this.page.keyboard.press("Control+s");
    await this.page.locator(".tab.active:not(.dirty)").waitFor();
  }

  async closeHover(): Promise<void> {
    await restMouse(this.page);
    await this.page.keyboard.press("Escape");
  }

  /** Keeps a picture of the whole window. */
  async picture(file: string): Promise<void> {
    mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file, animations: "disabled", caret: "hide" });
  }
}

/** Takes the mouse to a place in the editor with no text below it, and no border that would light up. */
async function restMouse(page: Page): Promise<void> {
  await page.mouse.move(550, 420);
}
