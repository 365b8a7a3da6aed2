# One image for every Python service and for the operator: docker build -f infra/images/ndsc.Dockerfile .
FROM docker.io/library/debian:trixie-slim AS python
ARG DEBIAN_FRONTEND=noninteractive
# libatomic: the embedded Rego engine of gateway and nodes is linked with it, and its wheel does not bring it.
RUN (command -v python3 && ls /usr/lib/*/libatomic.so.1) >/dev/null 2>&1 || (apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates libatomic1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin)

FROM python AS build
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/ndsc
WORKDIR /src
COPY bootstrap.lock runtime.lock ./
RUN /opt/build/bin/pip install -q --no-cache-dir --require-hashes -r bootstrap.lock \
 && /opt/build/bin/pip --python /opt/ndsc/bin/python install -q --no-cache-dir --require-hashes -r runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY platform platform
COPY operator operator
RUN /opt/build/bin/pip wheel -q --no-deps --no-build-isolation -w /dist . \
 && /opt/build/bin/pip --python /opt/ndsc/bin/python install -q --no-deps --no-index --find-links /dist ndsc \
 && /opt/ndsc/bin/python -m compileall -q /opt/ndsc/lib

FROM python
COPY --from=build /opt/ndsc /opt/ndsc
ENV PATH=/opt/ndsc/bin:/usr/sbin:/usr/bin:/sbin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
ENTRYPOINT ["ndsc"]
