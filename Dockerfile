# syntax=docker/dockerfile:1

FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
# The package `node` is a development dependency: what remains runs on the Node 26 of the image.
RUN npm run build && rm dist/.tsbuildinfo && npm prune --omit=dev

FROM node:26-slim
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="AI API gateway: one HTTP service between applications and every model vendor" \
      org.opencontainers.image.licenses="Apache-2.0"
# Inside a container loopback is the container alone, so every address is listened on; callers still need a key.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
# The code belongs to root and is read-only to the service; data/ is the one place that it writes to.
RUN groupadd --gid 10001 sluice \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin sluice \
    && install --directory --owner=10001 --group=10001 data
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY config ./config
USER 10001:10001
VOLUME ["/app/data"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
