/** The documents that the server reads. */
import type { DocumentSelector } from "vscode-languageclient";

const composeFiles = "**/{compose,docker-compose}{,[.-]*}.{yaml,yml,json}";

export const documentSelector = ["file", "untitled"].flatMap((scheme) => [
  { scheme, language: "dockerfile" },
  { scheme, language: "dockercompose" },
  { scheme, language: "yaml", pattern: composeFiles },
  { scheme, language: "json", pattern: composeFiles },
  { scheme, language: "jsonc", pattern: composeFiles },
]) satisfies DocumentSelector;
