"""The plot: bars of the ratios to the floor for each case, and lines of how costs grow; plain SVG."""

import math

from cases import CASES as ALL_CASES
from cases import FRAMEWORKS, GROWTH, OURS, PEERS, WIRES

CASES = [case for case in ALL_CASES if case.targets]
WIDTH, COLUMN, MARGIN = 1000, 480, 24
COLORS = {"floor": "#80868b", "ours": "#0b6e4f", "peer": "#d1495b"}
DASHES = {"responses": "none", "messages": "5 3"}
STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #202124 } .head { font-weight: 600; font-size: 17px }
.title { font-weight: 600; font-size: 14px } .case { font-weight: 600 } .small { font-size: 11px } .soft { font-size: 11px; fill: #5f6368 }
.grid { stroke: #dadce0 } .one { stroke: #5f6368 }
</style>"""
BARS_TOP, BARS_GROUP = 96, 82
LINES_TOP, LINES_STEP = BARS_TOP + 64 + BARS_GROUP * len(CASES), 270
HEIGHT = LINES_TOP + LINES_STEP * len(GROWTH)


def svg(costs, ratios):
    """The whole picture, on a ground of its own, so that it can be read on a dark page too."""
    parts = [STYLE, f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff"/>', *_head()]
    for column, framework in enumerate(FRAMEWORKS):
        left = MARGIN + column * (COLUMN + 16)
        parts += _bars(left, BARS_TOP, framework, ratios)
        for row, (title, cases) in enumerate(GROWTH.items()):
            parts += _lines(left, LINES_TOP + row * LINES_STEP, framework, title, cases, costs)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
        f"<title>CPU time of a call and of a streamed delta, beside the plainest model</title>\n{body}\n</svg>\n"
    )


def _text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{words}</text>'


def _line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" class="{kind}"/>'


def _head():
    yield _text(MARGIN, 32, "CPU time beside the plainest model of the same framework (lower is better)", "head")
    names = {"ours": "Hatz", "peer": "the peer on the same endpoint", "floor": "the floor: the plainest model"}
    for (kind, name), x in zip(names.items(), (MARGIN, MARGIN + 70, MARGIN + 300), strict=True):
        yield f'<rect x="{x}" y="48" width="12" height="12" fill="{COLORS[kind]}"/>'
        yield _text(x + 18, 58, name)
    for (wire, name), x in zip(WIRES.items(), (MARGIN + 560, MARGIN + 680), strict=True):
        yield (
            f'<line x1="{x}" y1="54" x2="{x + 28}" y2="54" stroke="#202124" stroke-width="2" '
            f'stroke-dasharray="{DASHES[wire]}"/>'
        )
        yield _text(x + 34, 58, name)


def _bars(left, top, framework, ratios):
    """CPU time as a multiple of the floor's, on a logarithmic scale: to the left of 1 is less than the floor."""
    begin, labels, width = 0.1, 78, 270

    def x(ratio):
        return left + labels + width * math.log(max(ratio, begin) / begin) / math.log(100 / begin)

    yield _text(left, top, f"{FRAMEWORKS[framework]}: CPU time, as a multiple of the floor's", "title")
    bottom = top + 34 + BARS_GROUP * len(CASES)
    for tick in (0.1, 0.3, 1, 3, 10, 30, 100):
        yield _line(x(tick), top + 28, x(tick), bottom - 14, "one" if tick == 1 else "grid")
        yield _text(x(tick), top + 22, f"{tick:g}", "soft", "middle")
    for number, case in enumerate(CASES):
        y = top + 34 + number * BARS_GROUP
        yield f'<rect x="{left}" y="{y - 2:.0f}" width="{labels + width}" height="15" fill="#ffffff"/>'
        yield _text(left, y + 10, case.title, "case")
        y += 16
        for wire, wire_name in WIRES.items():
            yield _text(left + labels - 8, y + 15, wire_name, "soft", "end")
            for kind, name in (("ours", OURS[framework]), ("peer", PEERS[framework, wire])):
                ratio = ratios[framework, name, wire, case.key]
                first, last = sorted((x(1), x(ratio)))
                yield (
                    f'<rect x="{first:.1f}" y="{y}" width="{max(last - first, 1):.1f}" height="10" fill="{COLORS[kind]}"/>'
                )
                yield _text(last + 5, y + 9, f"{ratio:.2f} {name}", "small")
                y += 12
            y += 3


def _lines(left, top, framework, title, cases, costs):
    """Cost of one run against its size, both logarithmic: lines as steep as the grid's diagonal are linear growth."""
    there = [case for case in cases if (framework, "floor", "responses", case.key) in costs]
    width, height, labels = 380, 180, 58
    series = [
        (kind, wire, [costs[framework, name, wire, case.key] for case in there])
        for wire in WIRES
        for kind, name in (("floor", "floor"), ("peer", PEERS[framework, wire]), ("ours", OURS[framework]))
    ]
    values = [value for *_, found in series for value in found]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(there[0].count), math.log10(there[-1].count)

    def place(count, value):
        x = left + labels + width * (math.log10(count) - first) / (last - first)
        return x, top + 18 + height * (high - math.log10(value)) / (high - low)

    yield _text(left, top, f"{FRAMEWORKS[framework]}: CPU time of one call, by {title}", "title")
    for power in range(low, high + 1):
        _, y = place(there[0].count, 10**power)
        yield _line(left + labels, y, left + labels + width, y, "grid")
        yield _text(left + labels - 6, y + 4, _time(power), "soft", "end")
    for case in there:
        x, _ = place(case.count, 1)
        yield _line(x, top + 18, x, top + 18 + height, "grid")
        yield _text(x, top + 18 + height + 16, f"{case.count:,}", "soft", "middle")
    yield _text(left + labels + width / 2, top + 18 + height + 32, title, "soft", "middle")
    for kind, wire, found in series:
        points = " ".join(
            "{:.1f},{:.1f}".format(*place(case.count, value)) for case, value in zip(there, found, strict=True)
        )
        yield (
            f'<polyline points="{points}" fill="none" stroke="{COLORS[kind]}" stroke-width="2" '
            f'stroke-dasharray="{DASHES[wire]}"/>'
        )


def _time(power):
    """A power of ten of seconds, readable."""
    return f"{10 ** (power + 3):g} ms" if power < 0 else f"{10**power:g} s"
