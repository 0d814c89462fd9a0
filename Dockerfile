# docker build -t webhook-stress .
# docker run --rm --network host --pid host -v "$PWD:/work" webhook-stress run burst
# With --pid host the monitor sees a server that runs on this machine; load goes to loopback with --network host.

FROM golang:1.25-bookworm AS k6
WORKDIR /source/k6
COPY k6/go.mod k6/go.sum ./
RUN go mod download
COPY k6 ./
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /k6 ./cmd/k6

FROM node:22-bookworm-slim AS command
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node build.mjs && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
WORKDIR /opt/webhook-stress
COPY package.json README.md LICENSE CHANGELOG.md ./
COPY docs docs
# The source of our k6, with its license: it is AGPL-3.0.
COPY k6 k6
COPY --from=command /source/node_modules node_modules
COPY --from=command /source/dist dist
COPY --from=k6 /k6 .tools/k6
RUN ln -s /opt/webhook-stress/dist/cli/webhook-stress.js /usr/local/bin/webhook-stress
WORKDIR /work
ENTRYPOINT ["webhook-stress"]
