#!/usr/bin/env python3
"""What an SVG of a plot says, a line for each thing, for scripts to look for.

    svg.py FILE texts     every text
    svg.py FILE titles    what the mouse finds, lines joined by ` | `, without the strips' of times
    svg.py FILE dashes    the ends of dashed straight lines
    svg.py FILE check     nothing is outside of the picture, and no two texts overlap
"""
import sys
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"
ASCENT, DESCENT = 0.76, 0.24
WIDE, NARROW, MIDDLE = 0.9, 0.3, 0.6


def width(text, size):
    """Roughly that of Helvetica; what overlaps here is no matter of a pixel."""
    return size * sum(
        WIDE if letter in "mwMW%@" else NARROW if letter in "iljtfI.,:;'|()[]{} " else MIDDLE
        for letter in text)


def box(element):
    x, y, size = (float(element.get(key)) for key in ("x", "y", "font-size"))
    wide = width(element.text, size)
    x -= {"end": wide, "middle": wide / 2}.get(element.get("text-anchor"), 0)
    return x, y - size * ASCENT, x + wide, y + size * DESCENT


def points(element):
    return [tuple(map(float, pair.split(","))) for pair in element.get("points").split()]


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def check(root):
    right, bottom = float(root.get("width")), float(root.get("height"))
    texts = [(element.text, box(element)) for element in root.iter(SVG + "text")]
    for text, (x1, y1, x2, y2) in texts:
        if x1 < 0 or y1 < 0 or x2 > right or y2 > bottom:
            print("outside:", text)
    for i, (text, place) in enumerate(texts):
        for other, place2 in texts[i + 1:]:
            if overlap(place, place2):
                print("overlap:", text, "and", other)
    for element in root.iter():
        if element.get("points"):
            for x, y in points(element):
                if not (0 <= x <= right and 0 <= y <= bottom):
                    print("outside:", x, y)


def main():
    root = tree.parse(sys.argv[1]).getroot()
    what = sys.argv[2]
    if what == "texts":
        for element in root.iter(SVG + "text"):
            print(element.text)
    elif what == "titles":
        for group in root.iter(SVG + "g"):
            title = group.find(SVG + "title").text
            if group.find(SVG + "polygon[@fill-opacity='0']") is None:
                print(title.replace("\n", " | "))
    elif what == "dashes":
        for element in root.iter(SVG + "polyline"):
            if element.get("stroke-dasharray") == "5 4":
                print(element.get("points"))
    elif what == "check":
        check(root)


main()
