# The local Snowflake for compose.yaml: to try, never to ship. docker build -f deploy/local-snowflake.Dockerfile .

FROM node:24.21.0-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# DuckDB is a dev dependency. Without scripts: its program comes as a package.
RUN npm ci --ignore-scripts
COPY sql sql
COPY local-snowflake local-snowflake
USER 1000:1000
EXPOSE 8084
HEALTHCHECK --interval=2s --timeout=3s --start-period=30s --retries=30 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:8084/session`).then(({ status }) => process.exit(status < 500 ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "local-snowflake/main.ts"]
CMD ["--port", "8084", "sql/snowflake/setup"]
