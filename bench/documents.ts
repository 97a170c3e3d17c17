/**
 * The documents that are measured, made of counted parts: the same text on every machine and in every run. They are
 * long, but nothing in them is rare: what stands here is what people write.
 */

const STAGE_LINES = 30;
const STAGE_INSTRUCTIONS = 17;
const HEAD_LINES = 12;
const HEAD_INSTRUCTIONS = 5;

/** A Dockerfile of exactly that many lines: global `ARG`s, then stages of 30 lines each. */
export function dockerfile(lineCount: number): string {
  const lines = [
    "# syntax=docker/dockerfile:1",
    "#",
    "# Builds every service of the shop, and the images that its jobs run in.",
    "# Versions stand here, once; `docker build --build-arg` overrides them.",
    "",
    "ARG NODE_VERSION=20.11.1",
    "ARG ALPINE_VERSION=3.18",
    'ARG DEBIAN_RELEASE="bookworm"',
    "ARG REGISTRY=registry.example.com:5000",
    "ARG BASE_IMAGE=$REGISTRY/platform/base:2024.06",
    "",
    "# Each stage below stands for itself: BuildKit builds only those that the target needs.",
  ];
  for (let number = 0; lines.length + STAGE_LINES <= lineCount; number += 1) lines.push(...stage(number));
  for (let number = 0; lines.length < lineCount; number += 1) lines.push(`LABEL com.example.part.${number}="shop"`);
  return `${lines.join("\n")}\n`;
}

/** A Dockerfile of exactly that many instructions, comments and empty lines aside. */
export function dockerfileOf(instructionCount: number): string {
  const stages = Math.floor((instructionCount - HEAD_INSTRUCTIONS) / STAGE_INSTRUCTIONS);
  const rest = instructionCount - HEAD_INSTRUCTIONS - stages * STAGE_INSTRUCTIONS;
  return dockerfile(HEAD_LINES + stages * STAGE_LINES + rest);
}

/** One stage alone: a Dockerfile of 30 lines. */
export function smallDockerfile(): string {
  return `${stage(0).join("\n")}\n`;
}

const bases: readonly ((number: number) => string)[] = [
  (number) => `node:20.${number % 19}-bookworm`,
  () => "golang:1.22-alpine",
  () => `alpine:\${ALPINE_VERSION}`,
  (number) => `python:3.${number % 13}@sha256:${(number + 1).toString(16).padStart(64, "0")}`,
  () => "--platform=$BUILDPLATFORM rust:1.79-slim",
  () => `node:\${NODE_VERSION}-alpine`,
  (number) => `registry.example.com:5000/team-${number % 7}/runtime:v1.${number}`,
  () => `debian:\${DEBIAN_RELEASE}-slim`,
  () => "$BASE_IMAGE",
  () => "nginx",
];

function stage(number: number): string[] {
  const base = bases[number % bases.length] ?? bases[0];
  const previous = number === 0 ? "." : `--from=stage${number - 1} /srv/app/dist`;
  return [
    "",
    `# Stage ${number}: the sources of service ${number}, built and tested.`,
    `FROM ${base?.(number)} AS stage${number}`,
    `ARG SERVICE_${number}=service-${number}`,
    "ARG TARGETARCH",
    `ENV APP_HOME=/srv/app NODE_ENV=production SERVICE="\${SERVICE_${number}}"`,
    `ENV PATH="$APP_HOME/bin:$PATH"`,
    `LABEL org.opencontainers.image.title="service-${number}" org.opencontainers.image.vendor="Example"`,
    // A relative path gives the peer something to find.
    number % 10 === 0 ? "WORKDIR srv/app" : "WORKDIR /srv/app",
    "",
    "# Packages that the build needs; the lists are removed in the same layer.",
    "RUN apt-get update && apt-get install -y --no-install-recommends \\",
    "      build-essential \\",
    "      # only for the tests",
    "      ca-certificates curl git \\",
    `      libservice${number}-dev \\`,
    "    && rm -rf /var/lib/apt/lists/*",
    "COPY --chown=1000:1000 package.json package-lock.json ./",
    "RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts",
    `COPY ${previous} /srv/app/src`,
    "RUN <<EOF",
    "set -eux",
    `if [ "$TARGETARCH" = "arm64" ]; then echo "FROM nowhere:${number}" > /srv/app/notes; fi`,
    `npm run build -- --service "$SERVICE" --out dist/${number}`,
    "EOF",
    `EXPOSE ${8000 + number}/tcp`,
    'VOLUME ["/srv/data"]',
    "USER 1000:1000",
    "HEALTHCHECK --interval=30s --timeout=3s CMD curl -fsS http://localhost/health || exit 1",
    `CMD ["node", "src/main.js", "--port", "${8000 + number}"]`,
  ];
}

const composeImages: readonly ((number: number) => string)[] = [
  (number) => `node:20.${number % 19}-bookworm`,
  () => "redis:7-alpine",
  (number) => `registry.example.com:5000/team-${number % 7}/service:v1.${number}`,
  () => "postgres:16.3",
  (number) => `nginx@sha256:${(number + 1).toString(16).padStart(64, "0")}`,
  () => "rabbitmq",
];

/** A Compose file of that many services, ten lines each. */
export function composeFile(serviceCount: number): string {
  const lines = ["name: shop", "services:"];
  for (let number = 0; number < serviceCount; number += 1) {
    const image = composeImages[number % composeImages.length] ?? composeImages[0];
    lines.push(
      `  # Service ${number} of the shop.`,
      `  service-${String(number).padStart(3, "0")}:`,
      `    image: ${image?.(number)}`,
      "    restart: unless-stopped",
      "    environment:",
      `      SERVICE_NAME: service-${number}`,
      `      DATABASE_URL: "postgres://app:\${DB_PASSWORD:-app}@database:5432/shop_${number}"`,
      "    ports:",
      `      - "127.0.0.1:${10_000 + number}:80"`,
      "    networks: [front, back]",
    );
  }
  lines.push("networks:", "  front: {}", "  back: {}");
  return `${lines.join("\n")}\n`;
}
