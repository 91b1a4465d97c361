"""Prints a Markdown table of the targets of docs/PERFORMANCE.md and the results of scripts/performance.

usage: summary.py FOLDER
"""

import json
import re
import statistics
import sys
from pathlib import Path

folder = Path(sys.argv[1])


def rows(name):
    report = json.loads((folder / name).read_text())
    return report, {(row["case"], row["name"]): row for row in report["rows"]}


def peers():
    """The times of gpucam and of the peer, by turn."""
    lines = (folder / "peer.txt").read_text().splitlines()
    turns = [match.groups() for match in map(re.compile(r"turn \d+ gpucam (.*) peer (.*)").match, lines) if match]
    return [[json.loads(turn[side]) for turn in turns] for side in (0, 1)]


def line(what, target, found, met):
    verdict = {True: "yes", False: "**no**", None: ""}[met]
    print(f"| {what} | {target} | {found} | {verdict} |")


report, main = rows("rows.json")
_, sizes = rows("sizes.json")
_, soak = rows("soak.json")
fast = next(case for case, _ in main if re.match("1280x720.*fast$", case))
start = next(case for case, _ in main if case.startswith("start"))
value = lambda name, key="p50", case=fast, of=main: of[(case, name)][key]
ratio = lambda name: [value(f"{name}, {by}", case="ratios") for by in ("p50", "min")]

print(f"gpucam {report['version']}, {report['adapter']}, passes timed by {report['clock']}; 1280x720, selfie-landscape, blur.")
print("Where there are two numbers, they are of medians and of minima.\n")
print("| what | target | found | met |\n|---|---|---|---|")
dispatches = value("whole frame, GPU", "dispatches")
line("dispatches of a frame", "≤ 45", dispatches, dispatches <= 45)
model = ratio("1280x720: model, burn over fast")
line("the model, burn captured and replayed over ours", "", "{:.1f}, {:.1f}".format(*model), None)
alone = [value(f"burn an operator at a time over ours, {by}") for by in ("p50", "min")]
line("the model alone, burn an operator at a time over ours", "≥ 12", "{:.1f}, {:.1f}".format(*alone), max(alone) >= 12)
volcomix = [value(f"Volcomix over ours, {by}") for by in ("p50", "min")]
line("after the model's answer, Volcomix over ours", "≥ 10", "{:.1f}, {:.1f}".format(*volcomix), max(volcomix) >= 10)
whole = [value("Volcomix: softmax … blend", key) / value("whole frame, GPU", key) for key in ("p50", "min")]
line("Volcomix's shaders over our whole frame (185 ms over 23)", "≥ 8", "{:.1f}, {:.1f}".format(*whole), max(whole) >= 8)
ours, theirs = peers()
middle = statistics.median(turn["p50"] for turn in theirs) / statistics.median(turn["p50"] for turn in ours)
least = min(turn["min"] for turn in theirs) / min(turn["min"] for turn in ours)
line("our rate over the CPU peer's", "≥ 0.5", f"{middle:.2f}, {least:.2f}", max(middle, least) >= 0.5)
pixels = {name: row["min"] for (case, name), row in sizes.items() if case == "ratios" and "time per pixel" in name and name.endswith("min")}
worst = max(pixels, key=pixels.get)
line("time per pixel at 2160p over 720p, the worst pass", "≤ 1.2", f"{pixels[worst]:.2f} ({worst.split(':')[0]})", pixels[worst] <= 1.2)
resident = value("warm: resident at most", case=start)
line("resident memory", "≤ 250 MiB", f"{resident:.0f} MiB", resident <= 250)
growth = next(row["p50"] for (_, name), row in soak.items() if name.startswith("resident, growth"))
line("growth over 10,000 frames", "none", f"{growth:.1f} MiB", growth <= 2)
for name, most in (("cold", 8), ("warm", 1)):
    seconds = value(f"{name}: first frame", case=start) / 1000
    line(f"start to first frame, {name}", f"≤ {most} s", f"{seconds:.2f} s", seconds <= most)

print("\n| 1280x720 | p50 ms | min ms | MB | Mop | of copy | of arithmetic |\n|---|---|---|---|---|---|---|")
share = lambda row, key: f"{100 * row[key]:.0f} %" if key in row else ""
amount = lambda row, key: f"{row[key] * 1e-6:.1f}" if key in row else ""
for (case, name), row in main.items():
    if case == fast and row["unit"] == "ms" and ("bytes" in row or name == "bytes to bytes"):
        cells = [amount(row, "bytes"), amount(row, "operations"), share(row, "of_copy"), share(row, "of_arithmetic")]
        print(f"| {name} | {row['p50']:.2f} | {row['min']:.2f} | " + " | ".join(cells) + " |")
