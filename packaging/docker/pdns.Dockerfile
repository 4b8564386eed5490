# SPDX-License-Identifier: Apache-2.0
# PowerDNS with the remote backend and the configuration for fairlead. Its group is fairlead's, and so is that of its
# control socket: each of the two can open the other's.
FROM debian:bookworm-slim
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends pdns-server pdns-backend-remote \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 953 fairlead \
    && install -d -o 953 -g 953 -m 750 /run/fairlead \
    && install -d -g fairlead -m 2770 /run/pdns
COPY pdns-conf/pdns.conf /etc/powerdns/pdns.conf
USER pdns:fairlead
ENTRYPOINT ["/usr/sbin/pdns_server", "--daemon=no", "--guardian=no", "--disable-syslog", "--write-pid=no", \
    "--socket-dir=/run/pdns", "--setgid=fairlead", "--local-port=5300", "--security-poll-suffix="]
