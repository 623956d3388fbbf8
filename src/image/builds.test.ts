import assert from "node:assert/strict";
import { test } from "node:test";
import { imageBuilds } from "./builds.ts";

const builds = (files: Readonly<Record<string, string>>) =>
  imageBuilds({ files: Object.keys(files), read: (path) => files[path] ?? assert.fail(path) });

test("a compose file's builds are found: short and long form, arguments as map and list, relative to the file", () => {
  const compose = `services:
  web: { build: . }
  worker:
    build:
      context: ../
      dockerfile: docker/worker.Dockerfile
      args: { PACKAGE: worker, TOKEN: "\${TOKEN}" }
      target: run
  job: { build: { context: job, args: [MODE=fast, EMPTY=, PASSED] } }
  cache: { image: redis }
`;
  assert.deepEqual(builds({ "deploy/docker-compose.yml": compose }), [
    {
      dockerfile: "deploy/Dockerfile",
      context: "deploy",
      buildArgs: {},
      target: null,
      from: "deploy/docker-compose.yml:2",
    },
    {
      dockerfile: "docker/worker.Dockerfile",
      context: ".",
      buildArgs: { PACKAGE: "worker" },
      target: "run",
      from: "deploy/docker-compose.yml:5",
    },
    {
      dockerfile: "deploy/job/Dockerfile",
      context: "deploy/job",
      buildArgs: { MODE: "fast", EMPTY: "" },
      target: null,
      from: "deploy/docker-compose.yml:9",
    },
  ]);
});

test("a workflow's builds are found, by action and by command", () => {
  const workflow = `jobs:
  build:
    defaults: { run: { working-directory: services } }
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: .
          file: docker/api.Dockerfile
          build-args: |
            VARIANT=slim
            SHA=\${{ github.sha }}
      - run: |
          echo building
          docker buildx build --push -t "repo:\${{ github.sha }}" \\
            --build-arg VARIANT=full --build-arg=SHA=$SHA \\
            --file api/Dockerfile api
      - uses: docker/build-push-action@v6
        with: { context: "\${{ matrix.context }}" }
`;
  assert.deepEqual(
    builds({ ".github/workflows/build.yml": workflow }).map(({ dockerfile, context, buildArgs }) => [
      dockerfile,
      context,
      buildArgs,
    ]),
    [
      ["docker/api.Dockerfile", ".", { VARIANT: "slim" }],
      ["services/api/Dockerfile", "services/api", { VARIANT: "full" }],
    ],
  );
});

test("a script's build may be meant from the root or from the script's folder, and `cd` is followed", () => {
  const script = '#!/bin/sh\ncd api && docker build -t "x y" --target run .\n';
  assert.deepEqual(
    builds({ "scripts/build.sh": script }).map(({ dockerfile, context, target }) => [dockerfile, context, target]),
    [
      ["api/Dockerfile", "api", "run"],
      ["scripts/api/Dockerfile", "scripts/api", "run"],
    ],
  );
});

test("what can't be read helps nobody, and stops nothing", () => {
  assert.deepEqual(
    builds({ "compose.yaml": "services: [", "docker-compose.yml": "- a", "a.sh": "docker build -" }),
    [],
  );
  assert.deepEqual(
    builds({ "compose.yaml": "services: { a: { build: https://example.com/x.git }, b: { build: /x } }" }),
    [],
  );
});
