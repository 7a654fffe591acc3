"""The plot: bars of the ratios to the floor for each case, and lines of how costs grow; plain SVG."""

import math

from cases import CASES, FRAMEWORKS, GROWTH, OURS, PEERS, WIRES

WIDTH, HEIGHT = 980, 980
COLORS = {"floor": "#9aa0a6", "ours": "#0b6e4f", "peer": "#d1495b"}
STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #202124 } .title { font-weight: 600; font-size: 14px }
.small { font-size: 11px } .grid { stroke: #dadce0 } .one { stroke: #5f6368; stroke-dasharray: 4 3 }
</style>"""


def svg(costs, ratios):
    """The whole picture."""
    parts = [STYLE, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', *_legend()]
    for column, framework in enumerate(FRAMEWORKS):
        left = 20 + column * 480
        parts += _bars(left, 50, framework, ratios)
        for row, (title, cases) in enumerate(GROWTH.items()):
            parts += _lines(left, 500 + row * 240, framework, title, cases, costs)
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n<title>Cost of a call and of a streamed delta, beside the least possible</title>\n{body}\n</svg>\n'


def _text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{words}</text>'


def _line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" class="{kind}"/>'


def _legend():
    names = {"floor": "floor (least possible)", "ours": "Hatz", "peer": "the peer on the same endpoint"}
    for place, (kind, name) in enumerate(names.items()):
        x = 20 + place * 180
        yield f'<rect x="{x}" y="14" width="12" height="12" fill="{COLORS[kind]}"/>'
        yield _text(x + 18, 24, name)


def _bars(left, top, framework, ratios):
    """CPU time as a multiple of the floor's, on a logarithmic scale that begins at one half."""
    width, begin, labels = 300, 0.5, 120

    def x(ratio):
        return left + labels + width * math.log(max(ratio, begin) / begin) / math.log(200 / begin)

    yield _text(left, top + 6, f"{FRAMEWORKS[framework]}: CPU time, times the floor's", "title")
    for tick in (0.5, 1, 2, 5, 10, 50, 100):
        yield _line(x(tick), top + 30, x(tick), top + 410, "one" if tick == 1 else "grid")
        yield _text(x(tick), top + 26, f"{tick:g}", "small", "middle")
    y = top + 40
    for case in CASES:
        yield _text(left, y + 22, case.title)
        for wire, wire_name in WIRES.items():
            for kind, name in (("ours", OURS[framework]), ("peer", PEERS[framework, wire])):
                ratio = ratios[framework, name, wire, case.key]
                yield f'<rect x="{x(begin):.0f}" y="{y}" width="{x(ratio) - x(begin):.1f}" height="10" fill="{COLORS[kind]}"/>'
                yield _text(x(ratio) + 4, y + 9, f"{ratio:.2f} {name}, {wire_name}", "small")
                y += 12
            y += 3
        y += 7


def _lines(left, top, framework, title, cases, costs):
    """Cost of one run against its size, both logarithmic: a straight line at 45° is linear growth."""
    there = [case for case in cases if (framework, "floor", "responses", case.key) in costs]
    width, height = 380, 170
    series = [
        (kind, [costs[framework, name, wire, case.key] for case in there])
        for wire in WIRES
        for kind, name in (("floor", "floor"), ("peer", PEERS[framework, wire]), ("ours", OURS[framework]))
    ]
    values = [value for _, found in series for value in found]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(there[0].count), math.log10(there[-1].count)

    def place(count, value):
        x = left + 60 + width * (math.log10(count) - first) / (last - first)
        return x, top + 30 + height * (high - math.log10(value)) / (high - low)

    yield _text(left, top + 10, f"{FRAMEWORKS[framework]}: CPU time by {title}", "title")
    for power in range(low, high + 1):
        _, y = place(there[0].count, 10**power)
        yield _line(left + 60, y, left + 60 + width, y, "grid")
        yield _text(left + 54, y + 4, {0: "1 s", -3: "1 ms"}.get(power, f"{10 ** (power + 3):g} ms"), "small", "end")
    for case in there:
        x, _ = place(case.count, 1)
        yield _text(x, top + 30 + height + 16, f"{case.count:,}", "small", "middle")
    for kind, found in series:
        points = " ".join(
            "{:.1f},{:.1f}".format(*place(case.count, value)) for case, value in zip(there, found, strict=True)
        )
        yield f'<polyline points="{points}" fill="none" stroke="{COLORS[kind]}" stroke-width="2"/>'
