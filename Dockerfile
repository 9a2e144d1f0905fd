# The "-base" image runs no ONBUILD steps, so that the lock file counts.
FROM astrocrpublic.azurecr.io/runtime:3.3-8-base

USER root
COPY packages.txt .
RUN grep -v '^#' packages.txt | xargs -r sh -c 'apt-get update && apt-get install -y --no-install-recommends "$@"' -- \
    && rm -rf /var/lib/apt/lists/*

COPY requirements.txt constraints.txt ./
# What is below "# development" is for a checkout.
RUN sed '/^# development/,$d' requirements.txt > runtime.txt \
    && pip install --no-cache-dir -r runtime.txt -c constraints.txt

USER astro
COPY --chown=astro:0 . .

ENV AIRFLOW_CONFIG=/usr/local/airflow/airflow.cfg \
    PYTHONPATH=/usr/local/airflow:/usr/local/airflow/plugins
