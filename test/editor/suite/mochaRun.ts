/**
 * Runs mocha inside the extension host. The results go to the file that DIGEST_PIN_RESULTS names, for the test outside
 * to tell them one by one; the host's own output is too noisy to carry them.
 */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** One inner test, as the results file holds it. */
export interface InnerResult {
  readonly title: string;
  readonly milliseconds: number;
  /** Undefined where the test passed. */
  readonly failure?: string;
}

/** `define` calls `describe` and `it`. Rejects where a test failed. */
export function runMocha(define: () => void): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 20_000, reporter: Silent });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  define();
  const results: InnerResult[] = [];
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => {
      const file = process.env.DIGEST_PIN_RESULTS;
      if (file !== undefined) writeFileSync(file, JSON.stringify(results));
      if (failures === 0) resolve();
      else reject(new Error(`${failures} tests failed`));
    });
    runner.on("pass", (test) => {
      results.push({ title: test.fullTitle(), milliseconds: test.duration ?? 0 });
    });
    runner.on("fail", (test, error: Error) => {
      results.push({
        title: test.fullTitle(),
        milliseconds: test.duration ?? 0,
        failure: error.stack ?? String(error),
      });
    });
  });
}

/** What the test outside has told this suite. */
export function told(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`the environment holds no ${name}`);
  return value;
}

/** The results are told by the test outside. */
class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}
