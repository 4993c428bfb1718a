# The image of hubhand: Node, and the agent in a bundle.
#   docker build -t hubhand .
#   docker run -e HUBHAND_CONNECTION_STRING -v ./plugins:/app/plugins:ro -v hubhand-data:/data -p 127.0.0.1:9464:9464 hubhand
# The same without a shell, a package manager, or anything else that Node does not need:
#   docker build --target minimal -t hubhand:minimal .
# docs/deploy/docker.md tells how to run it, docs/deploy/image.md what is in it.

# Of the default image; it brings a shell, for plugins that are scripts.
ARG BASE_IMAGE=debian:bookworm-slim
# Node itself and the libraries that it needs are taken out of this one; not npm, nor its headers.
ARG NODE_IMAGE=node:24-bookworm-slim
# The bundle is the same for every architecture, so it is made on the machine's own: minutes faster than emulated.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG HUBHAND_VERSION=0.1.0
ARG HUBHAND_COMMIT=unknown

FROM $BASE_IMAGE AS base
FROM $NODE_IMAGE AS node

FROM --platform=$BUILDPLATFORM $BUILD_IMAGE AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No install scripts: the build needs none, and one of them would fetch a second Node.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
ARG HUBHAND_COMMIT
ARG SOURCE_DATE_EPOCH=0
# It also runs the agent once, so that V8 keeps what it compiles; that is only of use on this architecture.
RUN node scripts/build.ts --no-types
COPY LICENSE ./
COPY config config
COPY examples examples
# Only read, never run, so that an image for another architecture needs no emulator.
ARG TARGETARCH
RUN --mount=type=bind,from=base,target=/images/base --mount=type=bind,from=node,target=/images/node \
  node scripts/image-files.ts --base /images/base --node /images/node --outdir /layers --architecture "$TARGETARCH"

# The two below differ in their first lines and in base.name; a test holds them together.
FROM scratch AS minimal
ENV PATH=/usr/local/bin
COPY --from=build /layers/minimal/ /
COPY --from=build /layers/node/ /
# /app belongs to root: what runs here cannot change what runs next. /data is for what must last, if a volume lies there.
COPY --from=build --chown=1000:1000 /layers/data/ /
COPY --from=build /layers/app/ /
# What V8 made of it: last, as it alone is another each time.
COPY --from=build /layers/compiled/ /
WORKDIR /app
# One arena of malloc for all threads: they ask for little, and each arena keeps what it once had (2.6 MB less).
ENV NODE_ENV=production HUBHAND_OBSERVE_HOST=0.0.0.0 HUBHAND_LOG_FORMAT=json HUBHAND_STATE_DIRECTORY=/data MALLOC_ARENA_MAX=1
# Numbers and not names, so that Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["node", "/app/dist/probe.js"]
# A small young generation keeps the resident size near what is alive; one thread looks through it faster than several wake.
ENTRYPOINT ["node", "--min-semi-space-size=2", "--max-semi-space-size=2", "--no-parallel-scavenge", "/app/dist/main.js"]
CMD ["run"]
ARG HUBHAND_VERSION
ARG HUBHAND_COMMIT
LABEL org.opencontainers.image.title="hubhand" \
      org.opencontainers.image.description="The device agent for Azure IoT Hub" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$HUBHAND_VERSION" \
      org.opencontainers.image.revision="$HUBHAND_COMMIT"

FROM base
COPY --from=build /layers/default/ /
COPY --from=build /layers/node/ /
COPY --from=build --chown=1000:1000 /layers/data/ /
COPY --from=build /layers/app/ /
COPY --from=build /layers/compiled/ /
WORKDIR /app
ENV NODE_ENV=production HUBHAND_OBSERVE_HOST=0.0.0.0 HUBHAND_LOG_FORMAT=json HUBHAND_STATE_DIRECTORY=/data MALLOC_ARENA_MAX=1
USER 1000:1000
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["node", "/app/dist/probe.js"]
ENTRYPOINT ["node", "--min-semi-space-size=2", "--max-semi-space-size=2", "--no-parallel-scavenge", "/app/dist/main.js"]
CMD ["run"]
ARG BASE_IMAGE
ARG HUBHAND_VERSION
ARG HUBHAND_COMMIT
LABEL org.opencontainers.image.title="hubhand" \
      org.opencontainers.image.description="The device agent for Azure IoT Hub" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$HUBHAND_VERSION" \
      org.opencontainers.image.revision="$HUBHAND_COMMIT" \
      org.opencontainers.image.base.name="$BASE_IMAGE"
