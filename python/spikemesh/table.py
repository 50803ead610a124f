"""Tables for notebooks."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any


def html_table(caption: str, columns: Mapping[str, str], rows: list[dict[str, Any]]) -> str:
    """Rows as an HTML table, numbers aligned to the right.

    Args:
        caption: what all figures of the table are: of a frame, or summed.
        columns: heading, with its unit, by key.
        rows: one value by key.
    """

    def cell(value: Any) -> str:
        if isinstance(value, (int, float)):
            return f'<td style="text-align: right">{value:,.0f}</td>'
        return f'<td style="text-align: left">{html.escape(str(value))}</td>'

    head = ''.join(f'<th>{html.escape(heading)}</th>' for heading in columns.values())
    body = ''.join('<tr>' + ''.join(cell(row[key]) for key in columns) + '</tr>' for row in rows)
    return f'<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
