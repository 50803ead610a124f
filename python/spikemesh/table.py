"""Tables for notebooks."""

from __future__ import annotations

import html
from typing import Any


def html_table(caption: str, keys: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    """Rows as an HTML table, numbers aligned to the right."""

    def cell(value: Any) -> str:
        if isinstance(value, (int, float)):
            return f'<td style="text-align: right">{value:,.0f}</td>'
        return f'<td style="text-align: left">{html.escape(str(value))}</td>'

    head = ''.join(f'<th>{html.escape(key.replace("_", " "))}</th>' for key in keys)
    body = ''.join('<tr>' + ''.join(cell(row[key]) for key in keys) + '</tr>' for row in rows)
    return f'<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
