"""Charts: inline SVG of a chain, of shares, and of contributions.

Behind `layout`. Every text passes `Markup.format`, which escapes it; colours are
classes of the page's style sheet, and shapes tell the same, for print without colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from matchmaker.report.flow import Diagram, Line
from matchmaker.report.layout import (
    INDENT,
    LINE_HEIGHT,
    MARK,
    PADDING,
    TITLE_HEIGHT,
    WIDTH,
    Path,
    Placed,
    arrange,
)

MARGIN = 6.0
BAR = 10.0

_SHAPES = {
    "member": Markup('<circle cx="0" cy="0" r="3.6" class="{}"/>'),
    "interested": Markup('<path d="M0-4.4 4.4 0 0 4.4-4.4 0Z" class="{}"/>'),
    "external": Markup('<path d="M-3.6-1.8 0-4.2 3.6-1.8V3.4H-3.6Z" class="{}"/>'),
    "domestic": Markup('<rect x="-3.4" y="-3.4" width="6.8" height="6.8" class="{}"/>'),
    "import": Markup('<path d="M0-4 4.2 3.4H-4.2Z" class="{}"/>'),
    "missing": Markup('<path d="M-3.4-3.4 3.4 3.4M3.4-3.4-3.4 3.4" class="{}"/>'),
}


def flow_chart(diagram: Diagram, label: str) -> Markup:
    """Drawing of a chain: parts on the left, the product on the right."""
    arranged = arrange(diagram)
    width, height = arranged.width + 2 * MARGIN, arranged.height + 2 * MARGIN
    return Markup(
        '<svg class="flow" viewBox="{} {} {} {}" width="{}" role="img" aria-label="{}">{}{}</svg>'
    ).format(
        _px(-MARGIN),
        _px(-MARGIN),
        _px(width),
        _px(height),
        _px(width),
        label,
        Markup().join(map(_link, arranged.paths)),
        Markup().join(map(_box, arranged.boxes)),
    )


def mark(tone: str, *, learning: bool = False) -> Markup:
    """Sign of a tone, 12 pixels wide, for legends and tables."""
    return Markup('<svg class="mark" viewBox="-6 -6 12 12" aria-hidden="true">{}</svg>').format(
        _shape(tone, learning=learning)
    )


def share_bar(parts: Sequence[tuple[str, float]], label: str) -> Markup:
    """Bar of 100 %, cut into (tone, share) parts; shares sum to one."""
    done, pieces = 0.0, Markup()
    for tone, share in parts:
        pieces += Markup('<rect class="fill {}" x="{}" width="{}" height="{}"/>').format(
            tone, _px(1000 * done), _px(1000 * share), _px(BAR)
        )
        done += share
    return Markup(
        '<svg class="bar" viewBox="0 0 1000 {}" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(_px(BAR), label, pieces)


def value_bar(value: float, lowest: float, highest: float) -> Markup:
    """Bar from zero to a value, on a scale shared by several bars; losses lead to the left."""
    low, high = min(0.0, lowest), max(0.0, highest)
    scale = 1000 / (high - low) if high > low else 0.0
    left, right = sorted(((0 - low) * scale, (value - low) * scale))
    return Markup(
        '<svg class="bar" viewBox="0 0 1000 {}" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="fill {}" x="{}" width="{}" height="{}"/></svg>'
    ).format(_px(BAR), "gain" if value >= 0 else "loss", _px(left), _px(right - left), _px(BAR))


def _link(path: Path) -> Markup:
    (x, y), *rest = path.points
    curve = f"M{_px(x)} {_px(y)}"
    for to_x, to_y in rest:
        bend = _px((x + to_x) / 2)
        curve += f"C{bend} {_px(y)} {bend} {_px(to_y)} {_px(to_x)} {_px(to_y)}"
        x, y = to_x, to_y
    return Markup('<path class="link {}" d="{}"/>').format(path.tone, curve)


def _box(placed: Placed) -> Markup:
    box, title = placed.box, Markup()
    y = PADDING + 11
    for text in placed.title:
        title += Markup('<text class="item" x="{}" y="{}">{}</text>').format(
            _px(INDENT), _px(y), text
        )
        y += TITLE_HEIGHT
    lines = Markup()
    for wrapped in placed.lines:
        for place, line in enumerate(wrapped):
            lines += _line(line, y, first=place == 0)
            y += LINE_HEIGHT
    return Markup(
        '<g class="box {}" transform="translate({} {})"><title>{}</title>'
        '<rect width="{}" height="{}" rx="5"/>{}{}{}</g>'
    ).format(
        box.tone,
        _px(placed.left),
        _px(placed.top),
        box.hint,
        _px(WIDTH),
        _px(placed.height),
        _stripe(placed.height),
        title,
        lines,
    )


def _stripe(height: float) -> Markup:
    return Markup('<path class="stripe" d="M5 0H4V{}H5A5 5 0 0 1 0 {}V5A5 5 0 0 1 5 0Z"/>').format(
        _px(height), _px(height - 5)
    )


def _line(line: Line, y: float, *, first: bool) -> Markup:
    text = Markup('<text class="maker" x="{}" y="{}">{}</text>').format(
        _px(INDENT + MARK if line.tone else INDENT), _px(y), line.text
    )
    if not (line.tone and first):
        return text
    return text + Markup('<g transform="translate({} {})">{}</g>').format(
        _px(INDENT + 4), _px(y - 4), _shape(line.tone, learning=line.learning)
    )


def _shape(tone: str, *, learning: bool) -> Markup:
    return _SHAPES[tone].format(f"sign {tone}{' hollow' if learning else ''}")


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
