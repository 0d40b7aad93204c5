"""The only code that touches the machine: commands, netlink, OVSDB, the lock."""
