"""The rules of this room as Markdown pages, for the generated documentation."""

from __future__ import annotations

from collections.abc import Mapping

from euthymia.assess.markdown import cite, page, section, table
from euthymia.treat.devices.faults import Fault
from euthymia.treat.devices.site import Driver, drivers
from euthymia.treat.navigation import messages
from euthymia.treat.session.limits import SessionLimits, default_limits
from euthymia.treat.threshold.rules import ThresholdRules, threshold_rules


def session_page() -> str:
    """Limits that guard a session, and the rules for its rest and its ramp."""
    return page(
        "Limits of a session",
        "What makes a running session pause or end by itself. A source that ends in [M] is "
        "unverified. Most of these figures are rules of this system, chosen and not published: a "
        "site may set its own.\n",
        table(("Rule", "Value", "Source"), _session_rows(default_limits())),
    )


def _session_rows(limits: SessionLimits) -> list[tuple[str, str, str]]:
    pose, coil, partial = limits.pose, limits.coil, limits.partial
    ramp = ", ".join(f"{fraction:.0%}" for fraction in limits.ramp.fractions)
    return [
        (
            "coil from its place: the train stops, and goes on when it is back",
            f"{pose.distance_mm:g} mm or {pose.angle_deg:g}° for {pose.for_s:g} s; back for "
            f"{pose.back_for_s:g} s",
            cite(pose.source),
        ),
        ("a pose older than this is none", f"{pose.stale_s:g} s", cite(pose.source)),
        (
            "coil temperature: pause above, go on below",
            f"{coil.highest_c:g} °C, {coil.go_on_below_c:g} °C",
            cite(coil.source),
        ),
        (
            "output that is read back against the one that was set: end",
            f"{limits.output.mismatch_pct:g} % of it",
            cite(limits.output.source),
        ),
        (
            "pulses that come later or earlier than planned: stop",
            f"{limits.timing.slack_s * 1e3:g} ms",
            cite(limits.timing.source),
        ),
        (
            "silence between trains may be shorter than the protocol's by",
            f"{limits.timing.rest_slack_s * 1e3:g} ms",
            cite(limits.timing.source),
        ),
        (
            "a field at the target is recorded up to a told error, and a lift of the coil, of",
            f"{limits.field.largest_error_pct:g} %, {limits.field.farthest_gap_mm:g} mm",
            cite(limits.field.source),
        ),
        (
            "nobody has touched a key: pause",
            f"{limits.operator.silent_s:g} s",
            cite(limits.operator.source),
        ),
        (
            "the operator's page has not been heard of: pause",
            f"{limits.operator.lost_s:g} s",
            cite(limits.operator.source),
        ),
        (
            "a session that broke off is taken up as one session within",
            f"{partial.resume_within_min:g} min, on the same day",
            cite(partial.source),
        ),
        (
            "a session of which so much was given counts as given",
            f"{partial.counts_as_given_pct:g} %",
            cite(partial.source),
        ),
        ("tolerability ramp of the first sessions", ramp, cite(limits.ramp.source)),
    ]


def threshold_page() -> str:
    """How a motor threshold is searched for and read."""
    rules = threshold_rules()
    return page(
        "Motor threshold",
        "A source that ends in [M] is unverified: recalled, not read.\n",
        table(("Rule", "Value", "Source"), _threshold_rows(rules)),
        section(
            "Priors of the Bayesian search",
            table(
                ("Prior", "What it says", "Source"),
                [
                    (f"`{name}`", prior.title, cite(prior.source))
                    for name, prior in rules.priors.items()
                ],
            ),
        ),
    )


def _threshold_rows(rules: ThresholdRules) -> list[tuple[str, str, str]]:
    reading, spot = rules.reading, rules.hot_spot
    return [
        (
            "chance of an answer",
            f"Φ((x − t) / ({rules.spread.relative:g} t))",
            cite(rules.spread.source),
        ),
        ("an answer is at least", f"{rules.answer.amplitude_uv:g} µV", cite(rules.answer.source)),
        (
            "it is looked for, after the pulse, from",
            f"{reading.window_from_ms:g} to {reading.window_to_ms:g} ms",
            cite(reading.source),
        ),
        (
            "the muscle is at rest, before the pulse, below",
            f"{reading.baseline_rms_uv:g} µV rms and {reading.baseline_peak_to_peak_uv:g} µV "
            "peak to peak",
            cite(reading.source),
        ),
        ("ML-PEST ends after", f"{rules.ml_pest.pulses} pulses", cite(rules.ml_pest.pulses_source)),
        (
            "the Bayesian search ends when its 95 % interval is narrower than",
            f"{rules.bayesian.width_pct:g} % of the threshold, after {rules.bayesian.least_pulses} "
            f"to {rules.bayesian.most_pulses} pulses",
            cite(rules.bayesian.source),
        ),
        (
            "relative frequency",
            f"{rules.relative_frequency.least_of_ten} of 10, or "
            f"{rules.relative_frequency.least_of_twenty} of 20",
            cite(rules.relative_frequency.source),
        ),
        (
            "Mills and Nithi",
            f"mean of none of {rules.mills_nithi.trials} and all of {rules.mills_nithi.trials}",
            cite(rules.mills_nithi.source),
        ),
        (
            "hot spot: grid, then finer steps",
            f"{spot.grid_step_mm:g} mm, {spot.fine_step_mm:g} mm, {spot.pulses_each} pulses each",
            cite(spot.source),
        ),
    ]


def devices_page(fault_meanings: Mapping[str, str]) -> str:
    """Drivers and emulators, the faults of the simulator, and the pose-stream message."""
    return page(
        "Devices and pose streams",
        "Real stimulators are off until a site's file turns one on. What is not publicly described "
        "is refused.\n",
        *(_driver(each) for each in drivers()),
        section(
            "A site's file",
            "```toml\n[[device]]\n"
            'id = "room-1"\ndriver = "magventure"\nport = "/dev/ttyUSB0"\ncoil = "Cool-B65"\n'
            'enabled = true\nbench_tested_on = 2026-02-11\nresponsible = "A. Physicist"\n```\n',
        ),
        section(
            "Emulated devices",
            "`euthymia device emulate DRIVER` prints the name of a pseudo-terminal. Behind it "
            "stands the simulated stimulator, which speaks the maker's bytes. Any program can open "
            "it as its serial port. It disarms by itself after one second without a command.\n",
        ),
        section(
            "Faults of the simulated stimulator",
            table(
                ("Fault", "What happens"),
                [(fault.value, fault_meanings[fault.name]) for fault in Fault],
            ),
        ),
        section(
            "The pose-stream message",
            "One JSON object a line over TCP, or one a datagram over UDP, in UTF-8, at most "
            f"{messages.MOST_BYTES:,} bytes. The listener binds to 127.0.0.1.\n",
            "```json\n"
            '{"type": "pose", "version": 1, "seq": 17, "frame": "colin27", "axes": "RAS",\n'
            ' "matrix_mm": [[1, 0, 0, -38], [0, 1, 0, 44], [0, 0, 1, 66], [0, 0, 0, 1]]}\n'
            '{"type": "pose", "version": 1, "seq": 18, "frame": "colin27", "tracked": false}\n'
            "```\n",
            table(
                ("Field", "Meaning"),
                [
                    ("`type`, `version`", f"always `pose` and {messages.VERSION}"),
                    ("`seq`", "rises from message to message; one that was overtaken is dropped"),
                    (
                        "`frame`",
                        "the frame of the plan's poses; a message in another one is dropped",
                    ),
                    ("`axes`", "`RAS`"),
                    (
                        "`matrix_mm`",
                        "4 × 4 by rows, from the coil's coordinates to the frame's, millimetres; "
                        "a matrix that is no proper rotation is dropped",
                    ),
                    ("`tracked`", "`false` while the coil is not seen; then there is no matrix"),
                    ("`at_s`", "only in files: seconds from the beginning, never going back"),
                ],
            ),
            "OpenIGTLink is read as TRANSFORM messages of one device name, RAS millimetres.\n",
        ),
    )


def _driver(driver: Driver) -> str:
    sources = "; ".join(cite(source) for source in driver.sources)
    tested = "needed" if driver.needs_bench_test else "not needed"
    rows = [
        ("offers", "; ".join(driver.offers)),
        ("refuses", "; ".join(driver.refuses)),
        ("line", f"{driver.baud} baud, 8 data bits, no parity, one stop bit"),
        ("bench test at the site", tested),
        ("sources", sources),
    ]
    return section(f"`{driver.id}`: {driver.title}", table(("What", "Value"), rows))
