"""0x520: how a process with no memory knows its own objects. Nothing else is ever changed.

| kind           | ours when                                                                        |
| -------------- | -------------------------------------------------------------------------------- |
| flow           | cookie is exactly 0x520                                                          |
| group          | id is 0x520xxxxx                                                                 |
| route          | table 1312, or protocol 82 in the main table                                     |
| rule           | priority 1312 and table 1312                                                     |
| neighbour      | on the gateway: a virtual IP, or the MAC aa:bb:cc:dd:ee:ff                       |
| ipset, entry   | the set's name begins `0x520-`, and it is of our make (hash:ip,port, no extras)  |
| chain          | its name begins `R520-`, and it is empty or a rule of it has the comment `0x520` |
| jump           | its comment is `0x520`, and it leads into a chain `R520-*`                       |
| netroute       | on the gateway, with the route metric 1312                                       |
| netneighbor    | permanent, on the gateway: a virtual IP, or the MAC AA-BB-CC-DD-EE-FF            |
| netnat         | its name is `0x520`                                                              |
| conntrack zone | 1312, 1313                                                                       |
| firewall mark  | 0x52000, always under the mask 0x52000; of packets, and of the node's connections |
"""

TAG = 0x520

COOKIE = TAG
COOKIE_MASK = (1 << 63) - 1
"""All but a bit of it: by a whole mask Open vSwitch finds a flow among all of its cookie, so that n of them take n²."""
CT_ZONE = TAG
RETURN_ZONE = TAG + 1
"""A zone of its own, because Open vSwitch does one kind of NAT in a zone: 1312 has the DNAT, 1313 the SNAT."""
CT_MARK = TAG
ROUTE_TABLE = TAG
RULE_PRIORITY = TAG
SET_PREFIX = "0x520-"
CHAIN_PREFIX = "R520-"
COMMENT = "0x520"
ROUTE_METRIC = TAG
"""The mark of a route on Windows, which has neither tables nor protocols of ours."""
NAT_NAME = "0x520"

FWMARK = 0x52000
"""0x520 moved past the low byte that Antrea's Egress uses; kube-proxy's 0x4000 and 0x8000 stay free."""

ROUTE_PROTOCOL = 0x52
"""The kernel's protocol field has 8 bits."""

GROUP_PREFIX = TAG << 20
GROUP_SPACE = 1 << 20


def owns_group(group_id: int) -> bool:
    """Whether a group id lies in 0x52000000..0x520fffff."""
    return group_id & ~(GROUP_SPACE - 1) == GROUP_PREFIX
