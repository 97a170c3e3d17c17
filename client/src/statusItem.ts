/** The status item beside the language: whether registries are asked, and whether they answer. */
import * as vscode from "vscode";
import type { NetworkState, NetworkStatus } from "../../server/src/lsp/wire";
import { documentSelector } from "./selector";

const texts: Readonly<Record<NetworkState, { text: string; detail: string }>> = {
  restricted: { text: "$(shield) Digest Pin: offline", detail: "The workspace is not trusted: no registry is asked" },
  off: { text: "$(circle-slash) Digest Pin: offline", detail: "The network is off in the settings" },
  "on-request": { text: "$(pin) Digest Pin", detail: "Registries are asked when you pin" },
  idle: { text: "$(pin) Digest Pin", detail: "The registries that you use are asked" },
  asking: { text: "$(sync~spin) Digest Pin", detail: "Asking a registry" },
  unreachable: { text: "$(warning) Digest Pin: no answer", detail: "A registry could not be reached" },
};

export class NetworkStatusItem implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem("digestPin.network", documentSelector);

  constructor() {
    this.item.name = "Digest Pin";
    this.item.command = { command: "digestPin.showLog", title: "Show log" };
    this.show({ state: "idle", reason: "", quotas: [] });
  }

  show({ state, reason, quotas }: NetworkStatus): void {
    const { text, detail } = texts[state];
    this.item.text = text;
    const limits = quotas.map(({ host, remaining, limit }) => `${host}: ${remaining} of ${limit} requests left`);
    this.item.detail = [reason === "" ? detail : reason, ...limits].join(" · ");
    this.item.severity =
      state === "unreachable" ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
  }

  dispose(): void {
    this.item.dispose();
  }
}
