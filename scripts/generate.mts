/**
 * Writes what follows from the rule objects: `docs/rules/*.md`, the rules' settings in `package.json`, and the table in
 * `README.md`. With `--check` it writes nothing and fails where a file differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Rule, severities } from "../server/src/rules/rule";
import { rules } from "../server/src/rules/rules";

const RULE_PAGES = "docs/rules";
const RESOURCE_SETTINGS = ["digestPin.pinStyle"];
const isCheck = process.argv.includes("--check");
const differing: string[] = [];

function write(path: string, content: string): void {
  let current: string | null = null;
  try {
    current = readFileSync(path, "utf8");
  } catch {
    // A page that is not there yet.
  }
  if (current === content) return;
  differing.push(path);
  if (!isCheck) writeFileSync(path, content);
}

function rulePage({ id, defaultSeverity, summary, docs }: Rule): string {
  return `# ${id}\n\n${summary}\n\nSeverity: ${defaultSeverity}. Setting: \`digestPin.rules.${id}\`.\n\n${docs.trim()}\n`;
}

function setting({ defaultSeverity, summary, isUsersOwn }: Rule): unknown {
  return {
    type: "string",
    enum: ["default", ...severities, "off"],
    default: "default",
    // No repository may quiet what is said of signatures and digests.
    scope: isUsersOwn ? "application" : "resource",
    markdownDescription: `${summary} By default ${article(defaultSeverity)} ${defaultSeverity}.`,
  };
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? "an" : "a";
}

function manifest(): string {
  const content = JSON.parse(readFileSync("package.json", "utf8"));
  const [, section] = content.contributes.configuration;
  section.properties = Object.fromEntries(rules.map((rule) => [`digestPin.rules.${rule.id}`, setting(rule)]));
  const ofResources = rules.filter(({ isUsersOwn }) => !isUsersOwn);
  content.capabilities.untrustedWorkspaces.restrictedConfigurations = [
    ...RESOURCE_SETTINGS,
    ...ofResources.map(({ id }) => `digestPin.rules.${id}`),
  ];
  return `${JSON.stringify(content, null, 2)}\n`;
}

function readme(): string {
  const rows = rules.map(
    ({ id, defaultSeverity, summary }) => `| [\`${id}\`](${RULE_PAGES}/${id}.md) | ${defaultSeverity} | ${summary} |`,
  );
  const table = ["| Rule | Severity | What it says |", "| --- | --- | --- |", ...rows].join("\n");
  return readFileSync("README.md", "utf8").replace(
    /(<!-- rules -->\n)[\s\S]*?(<!-- \/rules -->)/,
    (_, open: string, close: string) => `${open}${table}\n${close}`,
  );
}

mkdirSync(RULE_PAGES, { recursive: true });
for (const page of readdirSync(RULE_PAGES)) {
  if (rules.some(({ id }) => page === `${id}.md`)) continue;
  differing.push(join(RULE_PAGES, page));
  if (!isCheck) rmSync(join(RULE_PAGES, page));
}
for (const rule of rules) write(join(RULE_PAGES, `${rule.id}.md`), rulePage(rule));
write("package.json", manifest());
write("README.md", readme());

if (isCheck && differing.length > 0) {
  console.error(`Not up to date: ${differing.join(", ")}. Run: npm run generate`);
  process.exitCode = 1;
} else {
  console.log(differing.length === 0 ? "Generated files are up to date." : `Written: ${differing.join(", ")}.`);
}
