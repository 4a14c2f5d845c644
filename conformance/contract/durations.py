"""How long things last, each number once. In seconds."""

from __future__ import annotations

MINUTE_S = 60
HOUR_S = 3_600
"""A token's life (guide: refreshing tokens)."""
DAY_S = 24 * HOUR_S
USUAL_LEEWAY_S = MINUTE_S
GREATEST_LEEWAY_S = 5 * MINUTE_S
"""RFC 7519 §4.1.4: usually no more than a few minutes."""
BEYOND_LEEWAY_S = 15 * MINUTE_S
"""A token that ended so long ago is refused under any leeway; up to then the rules on leeway judge."""
