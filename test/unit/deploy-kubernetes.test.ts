import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { inImage } from '../../cli/kubernetes/image.ts';
import { podSecurity } from '../../cli/kubernetes/pod-security.ts';
import { monitorTable } from '../../cli/options/monitor.ts';
import { parseArguments } from '../../cli/options/parse.ts';

const textOf = (name: string): string =>
  readFileSync(new URL(`../../deploy/kubernetes/${name}`, import.meta.url), 'utf8');

for (const [name, container] of [
  ['monitor-sidecar.yaml', 'webhook-stress-monitor'],
  ['monitor-daemonset.yaml', 'monitor'],
] as const) {
  test(`${name}: its monitor understands its arguments, and gets its token from a Secret`, () => {
    const { spec } = parse(textOf(name)).spec.template;
    const { args, env } = spec.containers.find((one: { name: string }) => one.name === container);
    assert.equal(args[0], 'monitor');
    // The kubelet fills in the name of the node.
    const words = args.slice(1).map((word: string) => word.replace('$(NODE_NAME)', 'node-1'));
    assert.deepEqual(parseArguments(monitorTable, words).problems, []);
    const token = env.find((one: { name: string }) => one.name === 'MONITOR_TOKEN');
    assert.equal(token.valueFrom.secretKeyRef.key, 'MONITOR_TOKEN');
    assert.equal(spec.shareProcessNamespace === true || spec.hostPID === true, true);
  });
}

test('the image has what pods expect: its user, the scripts, the journal', () => {
  const text = textOf('Dockerfile');
  assert.ok(text.includes(`USER ${podSecurity.runAsUser}:${podSecurity.runAsGroup}`));
  assert.ok(
    inImage.script('burst').startsWith('/opt/webhook-stress/dist/') && text.includes('WORKDIR /opt/webhook-stress'),
  );
  assert.ok(text.includes(`mkdir ${inImage.journal}`));
  assert.ok(text.includes('/usr/local/bin/k6'));
});

test('the role allows what the runner asks, and no more', () => {
  const { rules } = parse(textOf('role.yaml'));
  const allowed = rules.flatMap(({ resources, verbs }: { resources: string[]; verbs: string[] }) =>
    resources.map((resource) => `${resource}: ${verbs.join(' ')}`),
  );
  assert.deepEqual(allowed, [
    'jobs: create patch delete',
    'secrets: create delete',
    'pods: get list',
    'pods/proxy: get create update patch',
  ]);
});
