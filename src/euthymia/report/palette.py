"""Colours that colour-blind readers can tell apart, that print in grey, and that mean one thing.

Colour is never the only carrier: wherever a colour stands for something, its word stands beside it.
"""

from __future__ import annotations

from euthymia.core.findings import Severity

PAPER = "#ffffff"
INK = "#1c2128"
SOFT_INK = "#57606a"
FAINT_INK = "#8b949e"
HAIRLINE = "#d8dee4"
WASH = "#f3f5f7"

# Okabe and Ito's set, darkened where it must carry text or thin lines on white.
BLUE = "#0072b2"
VERMILION = "#c8500a"
GREEN = "#00805f"
ORANGE = "#d98f00"
SKY = "#56b4e9"
PURPLE = "#9b4f86"
YELLOW = "#e8d63a"
GREY = "#8a939c"

SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
"""For things that only need to differ, in this order; neighbours differ in grey, too."""

SEVERITY = {
    Severity.STOP: "#a1201c",
    Severity.ACKNOWLEDGE: "#a84a05",
    Severity.CAUTION: "#7a6400",
    Severity.NOTE: "#3d5a73",
}
"""Text and rule of a finding."""

SEVERITY_WASH = {
    Severity.STOP: "#fbe9e7",
    Severity.ACKNOWLEDGE: "#fdf0e1",
    Severity.CAUTION: "#fbf6dc",
    Severity.NOTE: "#eef3f7",
}
"""Ground behind a finding."""

TARGET = "#e3006f"
"""The target's cross, a magenta that no tissue and no field value has."""
