import { plain, type Reader, type VariableGroup } from './variable.ts';

const everyone: readonly Reader[] = ['run', 'generator', 'monitor', 'backend'];

/** What the system, a terminal and other programs say, as far as we read it or a process of ours needs it. */
export const system: VariableGroup = {
  title: 'Of the system and of other programs',
  variables: [
    plain(['PATH', everyone, 'folders of the programs that are started, such as k6 and Go']),
    plain(['HOME', everyone, "the user's folder; k6 gets one without settings, so that none changes what it sends"]),
    ...['USER', 'LOGNAME'].map((name) => plain([name, everyone, "the user's name"])),
    ...['TMPDIR', 'TEMP', 'TMP'].map((name) => plain([name, everyone, 'folder for temporary files'])),
    plain(['TZ', everyone, 'time zone']),
    ...['LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'LC_MESSAGES'].map((name) =>
      plain([name, everyone, 'language and encoding of what programs write']),
    ),
    plain(['SystemRoot', everyone, 'folder of Windows, where no program opens a socket without it']),
    plain(['SSL_CERT_DIR', everyone, "folder of the public authorities' PEM files, in place of the system's"]),
    plain([
      'NODE_EXTRA_CA_CERTS',
      ['run', 'monitor', 'backend'],
      'PEM file of further authorities for what Node.js asks; those of the server under test go into TLS_CA_FILE',
    ]),
    // Source: the environment variables in the references of docker, podman and nerdctl.
    ...['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY'].map((name) =>
      plain([name, ['run', 'monitor'], 'how docker is reached, which is asked for the container of --container']),
    ),
    ...['CONTAINER_HOST', 'CONTAINERD_ADDRESS', 'CONTAINERD_NAMESPACE', 'XDG_RUNTIME_DIR'].map((name) =>
      plain([name, ['run', 'monitor'], 'the same of podman and nerdctl']),
    ),
    plain(['GOMAXPROCS', ['generator'], 'CPUs that k6 uses at once', 'what its container may use']),
    plain(['GOMEMLIMIT', ['generator'], 'memory that k6 tries to stay below, such as 2GiB']),
    plain(['NO_COLOR', ['run'], 'not empty: text without colors']),
    plain([
      'FORCE_COLOR',
      ['run'],
      '0 or false: text without colors; any other value: with colors; comes before NO_COLOR',
    ]),
    plain(['TERM', ['run'], 'dumb: text without colors']),
    plain(['npm_command', ['run'], 'set by npm; exec: commands to copy begin with npx']),
    plain(['KUBECONFIG', ['run'], 'files of clusters, separated as folders on PATH are', '.kube/config in HOME']),
    plain(['KUBERNETES_SERVICE_HOST', ['run'], 'set in each pod: address of its API server']),
    plain(['KUBERNETES_SERVICE_PORT', ['run'], 'set in each pod: port of its API server']),
  ],
};

/** What `run` gives to no process: it names what is set of it. */
export const alone: VariableGroup = {
  title: 'For a bundle that k6 runs alone, without run',
  variables: [
    plain([
      'STRESS_SENDER',
      ['generator'],
      'native or k6-http: our Go module or k6/http sends',
      'native in our k6 build',
    ]),
    plain(['STRESS_LEDGER', ['generator'], 'off: write no row for each request', 'on']),
    plain(['ALLOW_PROXY', ['generator'], 'on: HTTP_PROXY and HTTPS_PROXY may be used', 'no proxy is used']),
    plain(['HTTP_PROXY', ['generator'], 'proxy to http URLs outside loopback; also written http_proxy']),
    plain(['HTTPS_PROXY', ['generator'], 'proxy to https URLs outside loopback; also written https_proxy']),
  ],
};
