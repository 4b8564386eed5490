# SPDX-License-Identifier: Apache-2.0
# MaxMind's geoipupdate, once a day, or after ten minutes when it failed. It is free software that only fetches what is not: Debian has it in contrib.
FROM debian:bookworm-slim
RUN sed -i 's/^\(Components:.*\|deb .*\) main$/\1 main contrib/; s/^Components: main$/Components: main contrib/' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null; \
    apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ca-certificates geoipupdate \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 953 --home-dir /nonexistent --shell /usr/sbin/nologin fairlead \
    && install -d -o fairlead /var/lib/GeoIP
USER fairlead
CMD ["sh", "-c", "while :; do geoipupdate -v -f /etc/GeoIP.conf -d /var/lib/GeoIP && pause=86400 || pause=600; sleep $pause; done"]
