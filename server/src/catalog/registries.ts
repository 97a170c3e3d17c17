/** Public registries that anybody may be using: the only hosts that are asked without an action or a user's setting. */
export const wellKnownRegistries: ReadonlySet<string> = new Set([
  "docker.io",
  "cgr.dev",
  "dhi.io",
  "docker.elastic.co",
  "gcr.io",
  "ghcr.io",
  "lscr.io",
  "mcr.microsoft.com",
  "nvcr.io",
  "public.ecr.aws",
  "quay.io",
  "registry.access.redhat.com",
  "registry.gitlab.com",
  "registry.k8s.io",
]);
