"""`euthymia coil show|check`, `euthymia batch`, and what `euthymia search` refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from cli_samples import run

from euthymia.cli.batch_run import read_table
from euthymia.core.batch import Batch, DaskCluster, Processes
from euthymia.core.errors import InputError
from euthymia.core.poses import Pose
from euthymia.model.coil.catalogue import coil, coil_ids
from euthymia.model.field.batch import rate_head
from euthymia.model.field.sphere import layered_sphere
from euthymia.model.head.volume import LabelVolume
from shared_data import shared_file


def written_ccd(path: Path, scale: float = 1.0, flip: float = 1.0, didt: str = "100") -> Path:
    few = coil("magstim-25mm-fig8")
    turned = few.positions_mm * [1, 1, flip]
    rows = np.column_stack([turned * 1e-3 * scale, few.moments_m2])
    head = f"# small; dIdtmax={didt};stimulator=S;coilname=Small;\n{len(rows)}\n# rows\n"
    path.write_text(head + "\n".join(" ".join(map(str, row)) for row in rows.tolist()))
    return path


def test_every_coil_of_the_catalogue_can_be_shown() -> None:
    listed = {each["id"] for each in run("coil", "list", "--json").json["coils"]}
    assert listed == set(coil_ids())
    shown = run("coil", "show", "magstim-70mm-fig8", "--json").json
    assert shown["half_spread_cm2"] == pytest.approx(14.8, rel=0.05)
    assert shown["max_didt_a_per_us"] == 114.73
    assert {source["tag"] for source in shown["sources"]} == {"V"}
    text = run("coil", "show", "magventure-mc-b70")
    assert "unverified" in " ".join(text.out.split())


def test_a_deformable_coil_shows_its_movements_and_takes_settings() -> None:
    path = shared_file("coils/Brainsway_H7.tcd")
    still = run("coil", "show", path, "--json").json
    assert [move["unit"] for move in still["movements"]] == ["deg", "deg"]
    moved = run("coil", "show", path, "--set", "0=10", "--json").json
    assert moved["sha256"] != still["sha256"]
    assert "limits" in run("coil", "show", path, "--set", "0=11").refusal
    assert "setting" in run("coil", "show", path, "--set", "left").refusal


def test_a_check_tells_wrong_units_and_a_wrong_axis(tmp_path: Path) -> None:
    good = run("coil", "check", written_ccd(tmp_path / "good.ccd"), "--json")
    assert good.code == 0
    assert good.json["gravest"] == "note"
    in_mm = run("coil", "check", written_ccd(tmp_path / "mm.ccd", scale=1000.0), "--json")
    assert in_mm.code == 1
    assert "coil.strength" in {finding["code"] for finding in in_mm.json["findings"]}
    turned = written_ccd(tmp_path / "turned.ccd", flip=-1.0)
    codes = {each["code"] for each in run("coil", "check", turned, "--json").json["findings"]}
    assert "coil.axis" in codes
    silent = run("coil", "check", written_ccd(tmp_path / "no.ccd", didt=""), "--json")
    assert {each["code"] for each in silent.json["findings"]} >= {"coil.no-didt"}
    absurd = written_ccd(tmp_path / "absurd.ccd", didt="1e8")
    assert run("coil", "check", absurd).code == 1


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--coil", "magventure-c-b60"), "--target and --atlas"),
        (("--coil", "frisbee", "--target", "fox-2013"), "no such coil"),
        (("--coil", "magventure-c-b60", "--target", "1,2,3", "--goal", "fame"), "no goal"),
        (("--coil", "magventure-c-b60", "--target", "1,2,3", "--goal", "direction"), "--direction"),
        (("--coil", "magventure-c-b60", "--target", "1,2,3", "--hair", "-2"), "hair"),
        (("--coil", "magventure-c-b60", "--target", "1,2,3", "--forbid", "1,2"), "4 numbers"),
        (("--coil", "magstim-25mm-fig8", "--target", "1,2,3", "--wanted", "60"), "dI/dt"),
    ],
)
def test_a_search_that_cannot_be_meant_is_refused_before_anything_is_prepared(
    words: tuple[str, ...], problem: str
) -> None:
    assert problem in run("search", *words).refusal


def sphere_table(folder: Path) -> Path:
    """Two small spheres, two placements each; one placement enters the head."""
    lines = [["head", "coil", "pose", "x", "y", "z", "radius"]]
    for name, spacing in (("one", 6.0), ("two", 7.0)):
        path = folder / f"{name}.nii.gz"
        layered_sphere(spacing).save(path)
        frame = LabelVolume.load(path).frame
        for number, height in enumerate((103.0, 80.0 if name == "two" else 110.0)):
            pose = Pose.facing([0, 0, height], [0, 0, -1], [0, 1, 0], frame)
            file = folder / f"{name}-{number}.json"
            file.write_text(json.dumps(pose.to_json()))
            lines.append([path.name, "magventure-c-b60", file.name, "0", "0", "72", "12"])
    table = folder / "table.csv"
    with table.open("w", newline="") as out:
        csv.writer(out).writerows(lines)
    return table


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_and_the_process_pool_give_identical_tables_of_fields(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    table, out = sphere_table(tmp_path), tmp_path / "fields.csv"
    assert run("batch", table, "--out", out, "--workers", "2").code == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == 4
    assert float(rows[0]["mean_v_per_m"]) > float(rows[1]["mean_v_per_m"]) > 0.1
    assert "into the head" in rows[3]["refused"]
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        pool = DaskCluster(cluster.scheduler_address)
        fresh = Batch(rate_head, pool, tmp_path / "cluster").run(read_table(table))
    assert fresh == Batch(rate_head, Processes(1), tmp_path / "fields-heads").run(read_table(table))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("head,coil\nx,y\n", "no column pose"),
        ("head,coil,pose\n", "no placements"),
        ("head,coil,pose\ndefault,,p.json\n", "coil is empty"),
        ("head,coil,pose\ndefault,c,absent.json\n", "no such file"),
        ("head,coil,pose,x\ndefault,c,p.json,1\n", "lacks a coordinate"),
        ("head,coil,pose,x,y,z\ndefault,c,p.json,1,2,here\n", "not a number"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "p.json").write_text("{}")
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=problem):
        read_table(tmp_path / "t.csv")
