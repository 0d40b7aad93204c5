"""Stands in for powershell.exe: understands the request, keeps its state in a file, and plays it on a Linux host.

Routes, neighbours and NATs become those of the namespace that it runs in, so that packets go as on Windows. The file is
named by STAND_IN; its key `fails` makes it complain: `{"verb": "read"}` of all, `{"change": 3}` of one change, with
`category`, `id` and `message`. No part of the package is imported.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

State = dict[str, Any]
ROUTE = ("DestinationPrefix", "NextHop", "RouteMetric")
EMPTY: State = {"routes": [], "neighbors": [], "nats": [], "asked": [], "fails": {}}


class Complaint(Exception):  # noqa: N818  (what PowerShell calls an error record)
    def __init__(self, category: str, message: str, identity: str = "Stand-In") -> None:
        super().__init__(message)
        self.record = {"category": category, "id": identity, "message": message}


def ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Complaint("InvalidArgument", done.stderr.strip())
    return done.stdout


def read(state: State, gateway: str) -> State:
    links = json.loads(ip("-j", "address", "show"))
    link = next((each for each in links if each["ifname"] == gateway), None)
    if link is None:
        return {"adapter": None}
    return {
        "adapter": {"MacAddress": link["address"].upper().replace(":", "-")},
        "interfaces": [{"AddressFamily": f"IPv{n}", "Forwarding": "Enabled"} for n in (4, 6)],
        "addresses": [
            {"IPAddress": each["local"], "AddressState": "Preferred", "SkipAsSource": False}
            for each in link["addr_info"]
        ],
        **{kind: state[kind] for kind in ("routes", "neighbors", "nats")},
    }


def remove(state: State, change: State) -> None:
    kind, gateway = change["kind"], change.get("interface", "")
    if kind == "netroute":
        mine = [r for r in state["routes"] if (r["DestinationPrefix"], r["RouteMetric"]) == place(change)]
        for route in mine:
            ip("route", "del", route["DestinationPrefix"], "dev", gateway, "metric", str(route["RouteMetric"]))
            state["routes"].remove(route)
    elif kind == "netneighbor":
        for entry in [n for n in state["neighbors"] if n["IPAddress"] == change["ip"]]:
            ip("neigh", "del", entry["IPAddress"], "dev", gateway)
            state["neighbors"].remove(entry)
    else:
        for nat in [n for n in state["nats"] if n["Name"] == change["name"]]:
            masquerade("-D", nat["InternalIPInterfaceAddressPrefix"])
            state["nats"].remove(nat)


def add(state: State, change: State) -> None:
    kind, gateway = change["kind"], change.get("interface", "")
    if kind == "netroute":
        wanted = change["destination"], change["nextHop"]
        if wanted in [(route["DestinationPrefix"], route["NextHop"]) for route in state["routes"]]:
            raise Complaint("ResourceExists", "Instance MSFT_NetRoute already exists")
        via = [] if change["nextHop"] in {"0.0.0.0", "::"} else ["via", change["nextHop"], "onlink"]  # noqa: S104
        ip("route", "add", change["destination"], "dev", gateway, *via, "metric", str(change["metric"]))
        state["routes"].append(dict(zip(ROUTE, (*wanted, change["metric"]), strict=True)))
    elif kind == "netneighbor":
        mac = change["mac"].replace("-", ":").lower()
        ip("neigh", "replace", change["ip"], "lladdr", mac, "dev", gateway, "nud", "permanent")
        entry = {"IPAddress": change["ip"], "LinkLayerAddress": change["mac"], "State": "Permanent"}
        state["neighbors"].append(entry)
    else:
        masquerade("-A", change["prefix"])
        state["nats"].append({"Name": change["name"], "InternalIPInterfaceAddressPrefix": change["prefix"]})


def masquerade(verb: str, prefix: str) -> None:
    rule = ["iptables", "-w", "-t", "nat", verb, "POSTROUTING", "-s", prefix, "-o", "up0", "-j", "MASQUERADE"]
    subprocess.run(rule, check=True)


def place(change: State) -> tuple[str, int]:
    return change["destination"], change["metric"]


def apply(state: State, changes: list[State]) -> State:
    failed = []
    for number, change in enumerate(changes):
        try:
            if state["fails"].get("change") == number:
                raise told(state)
            if change["action"] != "create" or change["kind"] == "netneighbor":
                remove(state, change)
            if change["action"] != "delete":
                add(state, change)
        except Complaint as complaint:
            failed.append({**complaint.record, "change": number})
    return {"failed": failed}


def told(state: State) -> Complaint:
    fails = state["fails"]
    return Complaint(fails["category"], fails["message"], fails.get("id", "Stand-In"))


def main() -> None:
    assert sys.argv[-2] == "-EncodedCommand", sys.argv
    request = json.loads(json.loads(sys.stdin.read())["request"])
    path = Path(os.environ["STAND_IN"])
    state = json.loads(path.read_text()) if path.exists() else {**EMPTY}
    state["asked"].append(request["verb"])
    try:
        if state["fails"].get("verb") == request["verb"]:
            raise told(state)
        reading = request["verb"] == "read"
        answer = read(state, request["gateway"]) if reading else apply(state, request["changes"])
    except Complaint as complaint:
        answer = {"error": complaint.record}
    path.write_text(json.dumps(state, indent=1))
    sys.stdout.write(json.dumps(answer) + "\n")


main()
