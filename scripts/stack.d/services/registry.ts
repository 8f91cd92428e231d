import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../commands.ts';
import { copyArtifact, installLibrary, requireJava } from '../install/maven.ts';
import { probeHttp } from './probes.ts';
import type { Report, ServiceDefinition, StackPlace } from '../types.ts';

const version = '3.0.9';
const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`;

/** The base of the API that is compatible with Confluent's registry. */
export const compatiblePath = '/apis/ccompat/v7';

const settings: Readonly<Record<string, string>> = {
  APICURIO_STORAGE_KIND: 'sql',
  APICURIO_STORAGE_SQL_KIND: 'h2',
  APICURIO_REST_DELETION_GROUP_ENABLED: 'true',
  APICURIO_REST_DELETION_ARTIFACT_ENABLED: 'true',
  APICURIO_REST_DELETION_ARTIFACTVERSION_ENABLED: 'true',
};

export function registry(): ServiceDefinition {
  return {
    name: 'registry',
    group: 'registry',
    isExtra: false,
    ports: { main: 81 },
    probe: async (port) => ({ isReady: (await probeHttp(`http://127.0.0.1:${String(port)}${compatiblePath}/subjects`)) !== undefined }),
    version,
    native: {
      install: installRegistry,
      prepare: async ({ serviceDir }) => {
        await mkdir(join(serviceDir, 'data'), { recursive: true });
      },
      command: ({ serviceDir, port }, home) => ({
        file: 'java',
        args: [
          // Only looked up when a schema is new: start-up time counts more than throughput.
          '-Xmx384m',
          '-XX:+UseSerialGC',
          '-XX:TieredStopAtLevel=1',
          `-Dheadrace.stack=${serviceDir}`,
          '-jar',
          join(home, `apicurio-registry-app-${version}-runner.jar`),
        ],
        env: {
          ...settings,
          // Without a write delay, what was answered is on disk even if the process is killed.
          APICURIO_DATASOURCE_URL: `jdbc:h2:file:${serviceDir}/data/registry;WRITE_DELAY=0`,
          QUARKUS_HTTP_HOST: '127.0.0.1',
          QUARKUS_HTTP_PORT: String(port('main')),
        },
      }),
      marker: ({ serviceDir }) => `-Dheadrace.stack=${serviceDir} `,
      isUnprivileged: false,
      stopSignal: 'SIGTERM',
      graceMs: 8000,
      startTimeoutMs: 90_000,
    },
    container: {
      image: `apicurio/apicurio-registry:${version}`,
      ports: { main: 8080 },
      environment: { ...settings, APICURIO_DATASOURCE_URL: 'jdbc:h2:file:/data/registry;WRITE_DELAY=0' },
      healthcheck: ['curl', '-sf', '-o', '/dev/null', `http://127.0.0.1:8080${compatiblePath}/subjects`],
      user: '0',
      dataDir: '/data',
    },
  };
}

async function installRegistry({ cacheDir }: StackPlace, report: Report): Promise<string> {
  await requireJava();
  return installLibrary({
    title: `Apicurio Registry ${version}`,
    targetDir: join(cacheDir, `apicurio-registry-${version}`),
    report,
    fill: async (dir) => {
      await copyArtifact(dir, artifact);
      const archive = join(dir, `apicurio-registry-app-${version}-all.tar.gz`);
      await run('tar', ['-xzf', archive, '-C', dir]);
      await rm(archive);
    },
  });
}
