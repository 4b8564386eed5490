# SPDX-License-Identifier: Apache-2.0
# PowerDNS with the remote backend and the configuration for fairlead.
FROM debian:bookworm-slim
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends pdns-server pdns-backend-remote \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 953 fairlead \
    && usermod --append --groups fairlead pdns \
    && install -d -o 953 -g 953 -m 750 /run/fairlead \
    && install -d -o pdns -g pdns /run/pdns
COPY pdns-conf/pdns.conf /etc/powerdns/pdns.conf
USER pdns
ENTRYPOINT ["/usr/sbin/pdns_server", "--daemon=no", "--guardian=no", "--disable-syslog", "--write-pid=no", \
    "--socket-dir=/run/pdns", "--local-port=5300", "--security-poll-suffix="]
