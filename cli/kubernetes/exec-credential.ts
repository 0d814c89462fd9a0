import * as z from 'zod';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { readbackEnvironment } from '../processes/child-environment.ts';
import { outputOf } from '../processes/output-of.ts';
import { jsonIn } from './json-in.ts';
import type { ExecPlugin } from './kubeconfig.ts';

// Credentials from a program, as clouds give them: client.authentication.k8s.io/v1.

const credential = z.object({
  kind: z.literal('ExecCredential'),
  status: z.object({
    expirationTimestamp: z.string().optional(),
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
  }),
});

export interface Credential {
  readonly token: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Throws an ExpectedError that names the program. What it prints is in no message. */
export async function credentialFrom(plugin: ExecPlugin, env: Env): Promise<Credential> {
  const { command, args, apiVersion } = plugin;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const own = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  const words = [command, ...(args ?? []), ...Object.values(own)];
  const output = await outputOf(
    {
      ...{ command, args: args ?? [], stderr: 'ignore' },
      env: { ...readbackEnvironment(env, words), ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    },
    { timeoutMs: 60_000, maxBytes: 1 << 20 },
  );
  const how = `run it by hand, or log in again (${command})`;
  if ('failed' in output)
    throw new ExpectedError(`the kubeconfig's program ${command} gives no credentials: ${output.failed}; ${how}`);
  const parsed = credential.safeParse(jsonIn(output.text));
  if (!parsed.success)
    throw new ExpectedError(`what the kubeconfig's program ${command} prints is not an ExecCredential: ${how}`);
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = parsed.data.status;
  const expires = expirationTimestamp === undefined ? Number.NaN : Date.parse(expirationTimestamp);
  return {
    ...{ token: token ?? null, certificate: clientCertificateData ?? null, key: clientKeyData ?? null },
    expiresAtMs: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
  };
}
