"""When a client comes back: chapter 05, "Reconnecting"."""
import random

STAY_AWAY = ("TAKEN_OVER", "DOWNGRADE", "DEVICE_GONE", "EDGE_UNTRUSTED")
AT_ONCE = ("STALE_HELLO", "REPLACED")
ACCOUNT_CODE_MIN = 192


def pause_s(codec, failures, closed=None, draw=random.random):
    """Seconds until the next connection, or None where the client does not come back on its own. `closed` is the CLOSE
    that ended the last one, or None for a loss of network; `failures` counts this end."""
    code = closed["code"] if closed else None
    name = codec.code_names.get(code)
    if name in STAY_AWAY or (code is not None and code >= ACCOUNT_CODE_MIN):  # SES-037; an unknown code by its range (ERR-003)
        return None
    if name in AT_ONCE:
        return 0
    base, cap = (codec.limits[limit]["default"] for limit in ("backoff_base_ms", "backoff_cap_ms"))
    bound = min(cap, base * 2 ** (failures - 1))  # SES-036
    return max((closed or {}).get("retry_after_ms", 0), draw() * bound) / 1000
