# SPDX-License-Identifier: Apache-2.0
# fairlead alone, built from this directory's sources.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY packaging/debian-packages.txt packaging/
RUN apt-get update -q \
    && awk '$1 == "run" && $2 !~ /^(pdns|bind9|python3)/ {print $2}' packaging/debian-packages.txt \
        | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -q --no-install-recommends
COPY . .
RUN cmake --preset release -D BUILD_TESTING=OFF -D FAIRLEAD_BENCH=OFF \
    && cmake --build build/release --target fairlead country_mmdb \
    && strip build/release/fairlead

FROM debian:bookworm-slim
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        ca-certificates libboost-url1.81.0 libc-ares2 libldns3 libmaxminddb0 libprometheus-cpp-core1.0 libre2-9 libspdlog1.10 libssl3 libsystemd0 libyaml-0-2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 953 --user-group --home-dir /nonexistent --shell /usr/sbin/nologin fairlead \
    && install -d -o fairlead -g fairlead -m 750 /run/fairlead /run/operators /var/lib/fairlead \
    && install -d -g fairlead -m 2770 /run/pdns \
    && install -d -o fairlead /var/lib/GeoIP
COPY --from=build /src/build/release/fairlead /usr/sbin/fairlead
COPY --from=build /src/build/release/geo/country.mmdb /usr/share/fairlead/country.mmdb
COPY packaging/docker/make-token /usr/share/fairlead/make-token
USER fairlead
ENV FAIRLEAD_TOKEN_FILE=/run/operators/tokens
ENTRYPOINT ["/usr/sbin/fairlead"]
CMD ["serve", "-c", "/etc/fairlead/fairlead.yaml"]
