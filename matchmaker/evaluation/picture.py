"""Picture: the reliability curve as one SVG file, drawn from the bins of `metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matchmaker.evaluation.metrics import Bin

SIDE = 320.0
"""Side of the square from 0 to 1, in pixels."""

MARGIN = 48.0

_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size:g} {size:g}" width="{size:g}" \
font-family="sans-serif" font-size="12" role="img" aria-label="Reliability curve">
<rect width="100%" height="100%" fill="white"/>
{marks}
<path d="M{left:g} {bottom:g}L{right:g} {top:g}" stroke="#999" stroke-dasharray="4 4"/>
<path d="M{left:g} {top:g}V{bottom:g}H{right:g}" stroke="#333" fill="none"/>
<path d="{line}" stroke="#1b5e8a" stroke-width="2" fill="none"/>
{dots}
<text x="{middle:g}" y="{below:g}" text-anchor="middle">probability said</text>
<text transform="translate(14 {middle:g}) rotate(-90)" text-anchor="middle">share right</text>
</svg>
"""


def draw_reliability(bins: Sequence[Bin]) -> str:
    """SVG of what was said (across) and what was right (up); on the diagonal both agree."""
    points = [(_across(one.said), _up(one.right)) for one in bins]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1b5e8a"/>' for x, y in points)
    return _FRAME.format(
        size=SIDE + 2 * MARGIN,
        marks="\n".join(_marks(step / 5 for step in range(6))),
        left=MARGIN,
        right=MARGIN + SIDE,
        top=MARGIN,
        bottom=MARGIN + SIDE,
        middle=MARGIN + SIDE / 2,
        below=SIDE + 2 * MARGIN - 8,
        line=line if points else "",
        dots="\n".join(dots),
    )


def _marks(shares: Iterable[float]) -> Iterable[str]:
    for share in shares:
        x, y = _across(share), _up(share)
        yield f'<text x="{x:.1f}" y="{_up(-0.06):.1f}" text-anchor="middle">{share:g}</text>'
        yield f'<text x="{_across(-0.02):.1f}" y="{y + 4:.1f}" text-anchor="end">{share:g}</text>'


def _across(share: float) -> float:
    return MARGIN + SIDE * share


def _up(share: float) -> float:
    return MARGIN + SIDE * (1 - share)
