import { basename } from 'node:path';
import { commandLine, readProcLink, readStat } from './proc-file.ts';

/** Programs that servers use, and that serve no webhooks themselves; as the kernel names them, which is 15 characters at most. */
const names = new Set(
  [
    'redis-server redis-sentinel valkey-server valkey-sentinel keydb-server dragonfly garnet-server memcached nutcracker',
    'postgres postmaster pgbouncer pgcat odyssey pgpool cloud-sql-proxy cloud_sql_proxy mysqld mariadbd mysqlrouter',
    'proxysql maxscale mongod mongos cockroach clickhouse clickhouse-serv sqlservr influxd questdb scylla arangod rqlited',
    'etcd consul vault nats-server mosquitto minio tarantool nsqd nsqlookupd temporal-server',
    'smtpd exim exim4 sendmail msmtpd dovecot mailpit MailHog maildev',
    'statsd telegraf collectd otelcol otelcol-contrib otelcol-k8s vector fluent-bit rsyslogd syslog-ng promtail alloy',
    'grafana-agent prometheus pushgateway netdata filebeat metricbeat apm-server trace-agent process-agent',
    'newrelic-daemon jaeger jaeger-all-in-o tempo loki',
    'dnsmasq systemd-resolve unbound named coredns nscd sssd_nss slapd chronyd avahi-daemon',
  ].flatMap((line) => line.split(' ')),
);

/** Programs that run on an interpreter or a virtual machine, by a word of their command lines. */
const byWord =
  /kafka|zookeeper|QuorumPeerMain|elasticsearch|opensearch|cassandra|rabbit|activemq|artemis|neo4j|solr|logstash|hazelcast|ignite|keycloak|statsd|mailhog|mailcatcher|fluentd|zipkin|jaeger|carbon-cache|supervisord|fail2ban|networkd-dispatcher|unattended-upgrade|vscode|(?:^|[/_-])exporter\b/i;
const interpreter = /^(?:java|node|nodejs|python[\d.]*|ruby[\d.]*|perl|beam\.smp)$/;

/** Where such programs listen, unless they are told otherwise. */
const ports = new Set([
  ...[25, 53, 88, 389, 465, 514, 587, 636, 1025, 1433, 1521, 1883, 2003, 2181, 2379, 4150, 4222, 4317, 4318],
  ...[5671, 5672, 6831, 7687, 8086, 8125, 8126, 8200, 8500, 9042, 9091, 9092, 9200, 9411, 11211, 14268, 24224, 26379],
]);
/** Of stores that often stand several to a machine, or in containers at a port beside: 6380, 15432. */
const storePorts = [3306, 5432, 6379, 27017];
const portsBeside = 10;

/** Whether a port is one of those, or close to one. */
export function isServicePort(port: number): boolean {
  const isBeside = (of: number): boolean => port >= of && port < of + portsBeside;
  return ports.has(port) || storePorts.some((of) => isBeside(of) || String(port).endsWith(String(of)));
}

/** Whether a process is a store, or a daemon for mail, metrics, logs, names and the like: servers use them, and pass no webhooks on to them. */
export function isKnownService(pid: number): boolean {
  const name = readStat(pid)?.name ?? '';
  if (names.has(name) || name.includes('_exporter')) return true;
  const executable = basename(readProcLink(`/proc/${pid}/exe`) ?? '');
  return interpreter.test(executable) && commandLine(pid).some((word) => byWord.test(word));
}
