# danmate in one image; docker-compose.yml runs it in its three roles.
FROM python:3.11-slim

# torch's default build for Linux carries gigabytes of GPU libraries. For the CPU build, give the
# CPU package index that torch's own installation page names:
#   docker compose build --build-arg TORCH_INDEX=<that index>
ARG TORCH_INDEX=""

WORKDIR /app
RUN if [ -n "$TORCH_INDEX" ]; then \
        pip install --no-cache-dir --index-url "$TORCH_INDEX" torch==2.13.0; \
    fi
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot bot
COPY adapters adapters
RUN pip install --no-cache-dir . \
    && useradd --create-home danmate \
    && install -d -o danmate /var/cache/danmate /var/lib/danmate /config

# Converted weights are kept here: make it a volume, or each new container converts again.
ENV DANMATE_CACHE=/var/cache/danmate
VOLUME /var/cache/danmate
# Log-ins and the page's token are kept here.
ENV DANMATE_SECRETS=/var/lib/danmate/secrets
VOLUME /var/lib/danmate

USER danmate
WORKDIR /config
EXPOSE 8765
ENTRYPOINT ["danmate"]
CMD ["run"]
