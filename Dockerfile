# The image of hubhand: Node and the bundle.
#   docker build -t hubhand .
#   docker run -e HUBHAND_CONNECTION_STRING -v ./plugins:/app/plugins:ro -v hubhand-data:/data -p 127.0.0.1:9464:9464 hubhand
# docs/deploy/docker.md tells more.

ARG NODE_IMAGE=node:24-bookworm-slim
# The bundle is the same for every architecture, so it is made on the machine's own: minutes faster than emulated.
ARG BUILD_IMAGE=node:24-bookworm-slim

FROM --platform=$BUILDPLATFORM $BUILD_IMAGE AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No install scripts: the build needs none, and one of them would fetch a second Node.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
ARG HUBHAND_COMMIT=unknown
# Maps and types are for people who develop; the maps alone are nearly as large as the code.
RUN node scripts/build.ts && find dist -name '*.map' -delete && rm -r dist/types && mkdir /empty

FROM $NODE_IMAGE
WORKDIR /app
ENV NODE_ENV=production HUBHAND_OBSERVE_HOST=0.0.0.0 HUBHAND_LOG_FORMAT=json HUBHAND_STATE_DIRECTORY=/data

# /app belongs to root: what runs here cannot change what runs next. /data is for what must last, if a volume lies there.
COPY --from=build --chown=1000:1000 /empty /data/
COPY --from=build /empty plugins/
COPY package.json LICENSE ./
COPY config config
COPY examples examples
COPY --from=build /src/dist dist
# Numbers and not names, so that Kubernetes can see that it is not root.
USER 1000:1000

EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["node", "/app/dist/probe.js"]
# A small young generation keeps the resident size near what is alive, for a few percent of speed.
ENTRYPOINT ["node", "--max-semi-space-size=1", "/app/dist/main.js"]
CMD ["run"]

ARG HUBHAND_VERSION=0.1.0
ARG HUBHAND_COMMIT=unknown
LABEL org.opencontainers.image.title="hubhand" \
      org.opencontainers.image.description="The device agent for Azure IoT Hub" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$HUBHAND_VERSION" \
      org.opencontainers.image.revision="$HUBHAND_COMMIT"
