# The reconciler with the tools that it runs. As nobody it can validate, show and write schemas; on a node give it
# `--user 0 --cap-drop ALL --cap-add NET_ADMIN --cap-add NET_RAW --network host` and Open vSwitch's run directory
# (NET_RAW, because iptables asks the kernel for a set by a raw socket).

FROM debian:12-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml README.md /src/
COPY reconciler /src/reconciler
RUN python3 -m venv /opt/reconciler \
 && /opt/reconciler/bin/pip install --no-cache-dir --disable-pip-version-check /src

FROM debian:12-slim
# openvswitch-common has ovs-ofctl; the daemons stay on the host.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 openvswitch-common ipset iptables \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/reconciler /opt/reconciler
ENV PATH=/opt/reconciler/bin:/usr/sbin:/usr/bin:/sbin:/bin RECONCILE_INTENTS=/intents
USER 65534:65534
ENTRYPOINT ["reconcile"]
