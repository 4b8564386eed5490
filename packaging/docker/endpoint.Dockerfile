# SPDX-License-Identifier: Apache-2.0
# A small web server to steer to, for the demo: /health is always ok.
FROM debian:bookworm-slim
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv
RUN echo ok > health
USER nobody
CMD ["python3", "-u", "-m", "http.server", "8081"]
