"""How an address and a port are written together."""


def socket(ip: str, port: int) -> str:
    """As every tool here reads it: IPv6 in brackets."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
