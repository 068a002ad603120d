"""The planning bench in a real browser: how often a second a new field is drawn while dragging.

    .venv/bin/python benchmarks/bench.py [SECONDS]

A clinic in a folder of its own is served in another process, and a browser without a graphics card
drags the coil of a synthetic patient over the prepared default head (prepared first, if the store
has it not). Printed: pictures with a new field a second; the processor time of one update in the
server, the page and the drawing; the time from a question to its answer; and beside them what one
of the engine's answers takes by itself, and how busy the machine was with other things.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PORT = 8941
WIDTH, HEIGHT = 1280, 860
CHROMIUM = "/usr/bin/chromium"
READY_WITHIN_S = 900.0


def serve(home: str) -> None:
    """Make the clinic in `home` and serve it; writes session and patient for the browser."""
    os.environ["EUTHYMIA_HOME"] = home
    os.environ["EUTHYMIA_MODE"] = "example"
    os.environ["DJANGO_SETTINGS_MODULE"] = "euthymia.clinic.config.settings"
    import django  # noqa: PLC0415

    django.setup()
    from datetime import date  # noqa: PLC0415

    from django.core.management import call_command  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from waitress import serve as listen  # noqa: PLC0415

    from euthymia.chart.patient_facts import PatientRegistered  # noqa: PLC0415
    from euthymia.clinic.accounts.identify import who_is  # noqa: PLC0415
    from euthymia.clinic.accounts.models import Membership, Role, Site, User  # noqa: PLC0415
    from euthymia.clinic.bench.choice import DefaultChoice  # noqa: PLC0415
    from euthymia.clinic.bench.preparing import prepare_bench  # noqa: PLC0415
    from euthymia.clinic.config.wsgi import application  # noqa: PLC0415
    from euthymia.clinic.records.services import next_pseudonym, register  # noqa: PLC0415
    from euthymia.core.progress import SILENT  # noqa: PLC0415
    from euthymia.core.store import Store  # noqa: PLC0415

    prepare_bench(DefaultChoice(), Store.default(), SILENT)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    site = Site.objects.create(name="Bench", time_zone="UTC", country="US")
    user = User.objects.create_user("bench", display_name="Bench Example")
    Membership.objects.create(user=user, site=site, role=Role.PSYCHIATRIST.value)
    fact = PatientRegistered(
        pseudonym=next_pseudonym("SYN"), synthetic=True, birth_date=date(1980, 5, 17)
    )
    patient = register(who_is(user), site, fact)
    client = Client()
    client.force_login(user)
    told = {"session": client.session.session_key, "patient": str(patient.pk)}
    scratch = Path(home) / "told.part"
    scratch.write_text(json.dumps(told))
    scratch.rename(Path(home) / "told.json")
    listen(application, host="127.0.0.1", port=PORT, threads=6)


def processor_s() -> dict[str, float]:
    """Seconds of processor time so far: of the server, and of the browser's kinds of process."""
    spent: dict[str, float] = {}
    tick = os.sysconf("SC_CLK_TCK")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        line = " ".join(words)
        if "bench.py" in line and "--serve" in words:
            kind = "server"
        elif "chromium" in line or "chrome" in line:
            kind = "browser"
            if "--type=gpu-process" in line:
                kind = "drawing"
            elif "--type=renderer" in line:
                kind = "page"
        else:
            continue
        spent[kind] = spent.get(kind, 0.0) + (int(fields[11]) + int(fields[12])) / tick
    return spent


def drag(told: dict[str, str], seconds: float) -> dict[str, Any]:
    """Open the bench, take the coil by its windings, and drag it about for some seconds."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    url = f"http://127.0.0.1:{PORT}"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--use-angle=swiftshader",
                  "--enable-unsafe-swiftshader", "--disable-background-networking"],
        )  # fmt: skip
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        context.add_cookies([{"name": "sessionid", "value": told["session"], "url": url}])
        page = context.new_page()
        page.goto(f"{url}/patients/{told['patient']}/bench/")
        picture = page.locator('[data-at="picture"]')
        while not page.locator('[data-at="said"]').text_content():
            time.sleep(0.2)
        page.evaluate(
            """() => { window.waits = []; const plain = window.fetch;
              window.fetch = async (...of) => { const began = performance.now();
                const answer = await plain(...of);
                if (of[0].endsWith("field/")) window.waits.push(performance.now() - began);
                return answer; }; }"""
        )
        box = picture.bounding_box()
        assert box is not None
        x, y = _grasp(page, picture, box)
        page.mouse.down()
        for step in range(10):  # the picture finds its pace
            page.mouse.move(x + step, y)
        first, began, before = _updates(picture), time.perf_counter(), processor_s()
        while (now := time.perf_counter() - began) < seconds:
            page.mouse.move(x + 60 * math.sin(1.3 * now), y + 40 * math.sin(2.1 * now))
        took, count = time.perf_counter() - began, _updates(picture) - first
        spent = {kind: value - before.get(kind, 0.0) for kind, value in processor_s().items()}
        page.mouse.up()
        waits = sorted(page.evaluate("window.waits"))
        fineness = picture.get_attribute("data-fineness")
        browser.close()
    return {
        "rate": count / took, "count": count, "spent": spent, "took": took,
        "wait_ms": waits[len(waits) // 2], "fineness": fineness,
    }  # fmt: skip


def _grasp(page: Any, picture: Any, box: Any) -> tuple[float, float]:
    """A place of the picture at which the coil can be grasped."""
    middle = box["y"] + box["height"] / 2
    for share in range(10, 90, 2):
        x = box["x"] + box["width"] * share / 100
        page.mouse.move(x, middle)
        if picture.evaluate("e => e.style.cursor") == "grab":
            return x, middle
    raise SystemExit("the coil is not where it was expected")


def _updates(picture: Any) -> int:
    return int(picture.get_attribute("data-updates") or 0)


def engine_ms() -> float:
    """The median time of one answer of the engine by itself, for the whole cortex."""
    from euthymia.core.store import Store  # noqa: PLC0415
    from euthymia.model.coil.catalogue import coil  # noqa: PLC0415
    from euthymia.model.coil.clearance import Clearance  # noqa: PLC0415
    from euthymia.model.field.realtime.head import real_time_head  # noqa: PLC0415
    from euthymia.model.head.default import default_head  # noqa: PLC0415
    from euthymia.plan.target.placement import tangential  # noqa: PLC0415

    head, some = default_head(), coil("magstim-70mm-fig8")
    engine = real_time_head(head, store=Store.default())
    flat = tangential(head.eeg["F3"], head.frame, forward=head.landmarks.forward)
    pose = Clearance.of(head.volume).rested(some, [flat], 4.0)[0]
    times = []
    for _ in range(40):
        began = time.perf_counter()
        engine.field(some, pose)
        times.append(time.perf_counter() - began)
    return 1e3 * sorted(times)[len(times) // 2]


def main(seconds: float) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="euthymia-bench-") as home:
        server = subprocess.Popen([sys.executable, __file__, "--serve", home])
        try:
            end = time.monotonic() + READY_WITHIN_S
            while not (Path(home) / "told.json").exists():
                if server.poll() is not None or time.monotonic() > end:
                    raise SystemExit("the clinic did not start")
                time.sleep(0.5)
            time.sleep(2.0)
            load = os.getloadavg()[0]
            found = drag(json.loads((Path(home) / "told.json").read_text()), seconds)
        finally:
            server.terminate()
            server.wait()
    busy = sum(found["spent"].values()) / found["took"]
    size = float(found["fineness"] or 1)
    print(f"updates drawn          {found['rate']:.1f} a second ({found['count']} in "
          f"{found['took']:.1f} s), pictures at {size:.0%} of full size")  # fmt: skip
    for kind in ("server", "page", "drawing", "browser"):
        each = 1e3 * found["spent"].get(kind, 0.0) / max(found["count"], 1)
        print(f"  {kind:20s} {each:6.1f} ms of processor time an update")
    print(f"question to answer     {found['wait_ms']:.0f} ms, median")
    print(f"engine by itself       {engine_ms():.1f} ms for the whole cortex, median")
    print(f"the machine            {os.cpu_count()} processors, of which this took {busy:.1f}; "
          f"load before {load:.1f}")  # fmt: skip


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve(sys.argv[-1])
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
