# One image per process, each with only the packages of its own extra:
#
#     docker build --target web -t umbral-web .          also: worker, worker-backup, bot, bot-marks, userbot, migrate; sandbox for trying out
#
# Dependencies and code are separate layers, so a new release of Umbral is a few megabytes. BASE may be any image with
# Python 3.11 or newer, its venv module, pip and libstdc++.
ARG BASE=python:3.11-slim@sha256:3c1dfceb3f1267d4d378e7883cddf35c58757bab98d70bba30b6e02e808fa21d

FROM ${BASE} AS builder
# Languages in which the images can write dates and numbers, as "en es pt it"; the product's languages by default.
ARG LOCALES=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore LOCALES=${LOCALES}
WORKDIR /build
COPY requirements.lock ./
COPY deploy/install deploy/lock_of.py deploy/slim deploy/
COPY deploy/packages deploy/packages

# Umbral's own code, in a tree that is copied over one of the environments below.
FROM builder AS code
RUN deploy/install build /opt/build
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY migrations migrations
RUN /opt/build/bin/python -m hatchling build -t wheel -d dist \
    && python3 -m venv --without-pip /opt/umbral \
    && python3 -m pip --python /opt/umbral/bin/python install -q --no-deps --no-index dist/*.whl

FROM ${BASE} AS runtime
ARG VERSION=1.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Umbral" \
      org.opencontainers.image.description="Sells access to private Telegram channels" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The volumes for passwords and keys start with the owner of the folders below /keys.
RUN groupadd --gid 10001 umbral \
    && useradd --uid 10001 --gid umbral --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin umbral \
    && for each in postgres migrate web worker bot userbot settings; do install -d -o umbral -g umbral "/keys/$each"; done
# Only /tmp is written, so the root file system can be read-only.
ENV PATH=/opt/umbral/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    READY_FILE=/tmp/umbral.ready
WORKDIR /
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["umbral"]

FROM builder AS migrate-packages
RUN deploy/install migrate /opt/umbral

FROM runtime AS migrate
COPY --from=migrate-packages /opt/umbral /opt/umbral
COPY --from=code /opt/umbral /opt/umbral
HEALTHCHECK NONE
CMD ["migrate"]

FROM builder AS web-packages
RUN deploy/install web /opt/umbral

FROM runtime AS web
COPY --from=web-packages /opt/umbral /opt/umbral
COPY --from=code /opt/umbral /opt/umbral
# Addresses inside the container; the operator chooses the published ones.
ENV WEB_HOST=0.0.0.0 WEB_PORT=8000 OPS_HOST=0.0.0.0 OPS_PORT=8001
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 \
    CMD ["umbral", "health", "--url", "http://127.0.0.1:8001/healthz"]
CMD ["web"]

FROM builder AS worker-packages
RUN deploy/install worker /opt/umbral

FROM runtime AS worker
COPY --from=worker-packages /opt/umbral /opt/umbral
COPY --from=code /opt/umbral /opt/umbral
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 CMD ["umbral", "health"]
CMD ["worker"]

# The worker with backup tools, among them PostgreSQL's.
FROM builder AS worker-backup-packages
RUN deploy/install worker-backup /opt/umbral

FROM worker AS worker-backup
COPY --from=worker-backup-packages /opt/umbral /opt/umbral

FROM builder AS bot-packages
RUN deploy/install bot /opt/umbral

FROM runtime AS bot
COPY --from=bot-packages /opt/umbral /opt/umbral
COPY --from=code /opt/umbral /opt/umbral
# For BOT_MODE=webhook; with polling, the bot listens on no port.
ENV BOT_WEBHOOK_HOST=0.0.0.0 BOT_WEBHOOK_PORT=8081
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 CMD ["umbral", "health"]
CMD ["bot"]

# The bot for PICK_MARKS=on, with the libraries that watermark pictures.
FROM builder AS bot-marks-packages
RUN deploy/install bot-marks /opt/umbral

FROM bot AS bot-marks
COPY --from=bot-marks-packages /opt/umbral /opt/umbral

FROM builder AS userbot-packages
RUN deploy/install userbot /opt/umbral

FROM runtime AS userbot
COPY --from=userbot-packages /opt/umbral /opt/umbral
COPY --from=code /opt/umbral /opt/umbral
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 CMD ["umbral", "health"]
CMD ["userbot"]

# The stand-ins for Telegram and the payment providers, and the demo's data: a separate distribution that no other image
# contains. Never for production.
FROM code AS sandbox-code
COPY sandbox sandbox
WORKDIR /build/sandbox
RUN /opt/build/bin/python -m hatchling build -t wheel -d dist \
    && python3 -m pip --python /opt/umbral/bin/python install -q --no-deps --no-index dist/*.whl

FROM builder AS sandbox-packages
RUN deploy/install sandbox /opt/umbral

FROM runtime AS sandbox
COPY --from=sandbox-packages /opt/umbral /opt/umbral
COPY --from=sandbox-code /opt/umbral /opt/umbral
COPY deploy/sandbox /opt/umbral/scene
USER 0:0
# A new volume is a copy of this folder, including its owner.
RUN install --directory --owner umbral --group umbral --mode 0700 /scene
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=5s --start-period=40s --retries=3 \
    CMD ["umbral", "health", "--url", "http://127.0.0.1:8090/control/clock"]
CMD ["sandbox", "--demo", "--port=8090", "--data-dir=/scene/sandbox", "--ready-file=/scene/sandbox.ready"]
