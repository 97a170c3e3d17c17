import { familiarName } from "../reference/reference";
import { isMissing } from "./missing";
import { hasPlatform, parsePlatform, platformName } from "./platform";
import type { ImageRule } from "./rule";

export const platformMissing: ImageRule = {
  id: "platform-missing",
  defaultSeverity: "error",
  summary: "The image has nothing for the platform that is asked for.",
  docs: `
\`--platform\`, or \`platform\` in Compose, names a platform, and the index behind the image lists none that would do:

\`\`\`dockerfile
FROM --platform=linux/mips64le alpine:3.22
\`\`\`

The build fails there. Platforms are compared as BuildKit does it: \`arm64\` is \`linux/arm64/v8\`, \`x86_64\` is \`amd64\`, an
\`arm/v7\` machine also runs \`arm/v6\`. The hover lists what the image has.

A variable in its place (\`--platform=$BUILDPLATFORM\`) is not looked at, and neither is an image without an index.
`,
  check({ parsed, platform: written }, _catalog, { digest, manifest }) {
    const reference = parsed?.reference;
    if (!reference || written === null || manifest === null || isMissing(digest)) return null;
    const platform = parsePlatform(written);
    // Without a list, whoever pulls the image takes what there is.
    if (platform === null || manifest.platforms.length === 0 || hasPlatform(manifest.platforms, platform)) return null;
    const name = reference.tag === null ? "The image" : familiarName({ ...reference, digest: null });
    return { message: `${name} has nothing for the platform ${platformName(platform)}.` };
  },
};
