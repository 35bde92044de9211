FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/annals
ENV PATH=/opt/annals/bin:$PATH
WORKDIR /src
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
RUN pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/annals annals
COPY --from=build /opt/annals /opt/annals
ENV PATH=/opt/annals/bin:$PATH PYTHONUNBUFFERED=1
USER annals
# The SQLite file and the spool of uploads go here unless the settings say otherwise.
WORKDIR /var/lib/annals
VOLUME /var/lib/annals
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('ANNALS_PORT', '8000') + '/readyz', timeout=4)"]
ENTRYPOINT ["annals"]
CMD ["serve", "--host", "0.0.0.0"]
