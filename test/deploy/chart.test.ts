import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { runScript } from '../support/scripts.ts';

// The first run on a machine builds helm.
const buildMs = 900_000;

describe('the Helm chart', () => {
  let rendered: string;

  beforeAll(async () => {
    rendered = await runScript('chart', ['render']);
  }, buildMs);

  test(
    'lints, and every manifest is valid for the oldest and the newest Kubernetes it claims',
    async () => {
      await expect(runScript('chart', ['check'])).resolves.toContain('0 chart(s) failed');
    },
    buildMs,
  );

  test('workers drain before they are killed, and a budget keeps most of them', () => {
    expect(rendered).toContain('kind: PodDisruptionBudget');
    expect(rendered).toMatch(/terminationGracePeriodSeconds: \d+/);
    expect(rendered).toContain('runAsNonRoot: true');
  });

  test('a secret is referenced, never rendered', async () => {
    const key = 'value.converter.basic.auth.user.info';
    const manifests = await runScript('chart', [
      'render',
      '--set',
      `secretConfig.${key.replaceAll('.', '\\.')}.secret=registry`,
      '--set',
      `secretConfig.${key.replaceAll('.', '\\.')}.key=user-info`,
    ]);
    expect(manifests).toMatch(/name: HEADRACE_VALUE_CONVERTER_BASIC_AUTH_USER_INFO\n\s+valueFrom:\n\s+secretKeyRef:\n\s+name: registry/);
  });

  test('a wrong value is refused by the schema', async () => {
    await expect(runScript('chart', ['render', '--set', 'replicas=0'])).rejects.toThrow(/replicas/);
    await expect(runScript('chart', ['render', '--set', 'replica=3'])).rejects.toThrow(/replica/);
  });

  test('the image runs as the user of the chart, without development dependencies', () => {
    const dockerfile = readFileSync(new URL('../../deploy/Dockerfile', import.meta.url), 'utf8');
    expect(dockerfile).toContain('USER 10001:10001');
    expect(dockerfile).toContain('--omit=dev');
    expect(rendered).toContain('runAsUser: 10001');
  });
});
