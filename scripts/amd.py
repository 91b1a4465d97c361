"""The tables of scripts/amd: [--all] FAMILY LOG. Exit code 1 if a pipeline spills registers.

The static cost of a dispatch is its work for all SIMDs together: ACO's inverse throughput, which is the busy cycles of 64
threads, times the 64s of threads. What a dispatch takes at least is that, divided by the SIMDs, or one wave's latency if that
is longer.
"""

import re
import sys

CLOCK = 2.2e9  # of the two GPUs below
GPUS = {"80 CUs": 160, "12 CUs": 24}  # SIMDs, as RDNA counts them


class Pipeline:
    def __init__(self, line):
        head, *statistics = line.split("|")
        numbers = re.match(r"PIPELINE (\d+) threads=(\d+) lanes=(\d+)", head)
        self.id, self.threads, self.lanes = map(int, numbers.groups())
        self.of = {name: int(value) for name, value in (field.split("=") for field in statistics)}
        self.name = "wgpu's own"
        self.dispatches = []  # workgroups of each

    def __getattr__(self, key):
        names = {
            "registers": "VGPRs", "memory": "LDS size", "occupancy": "Subgroups per SIMD", "latency": "Latency",
            "cycles": "Inverse Throughput", "instructions": "Instructions", "scratch": "Scratch size",
        }
        return self.of[names[key]]

    @property
    def spills(self):
        return self.of["Spilled VGPRs"] + self.of["Spilled SGPRs"] + self.scratch

    def waves(self, groups):
        return groups * -(-self.threads // self.lanes)

    def cost(self, groups):
        return groups * self.threads / 64 * self.cycles


def read(log):
    """The pipelines, and the dispatches of the last frame as (pipeline, workgroups)."""
    pipelines, dispatches, newest = {}, [], None
    for line in open(log, errors="replace"):
        line = re.sub(r"\x1b\[[0-9;]*m", "", line).strip()
        if line.startswith("PIPELINE"):
            newest = Pipeline(line)
            pipelines[newest.id] = newest
        elif newest and (label := re.search(r"TRACE (.*): pipeline compiled in", line)):
            newest.name = label[1]
        elif dispatch := re.match(r"DISPATCH (\d+) groups=(\d+)", line):
            dispatches.append((pipelines[int(dispatch[1])], int(dispatch[2])))
    # A photograph is computed twice, so that it has a second look. A frame begins where the first pipeline comes again.
    begins = [index for index, (pipeline, _) in enumerate(dispatches) if pipeline is dispatches[0][0]]
    frame = dispatches[begins[-1] :] if begins else []
    for pipeline, groups in frame:
        pipeline.dispatches.append(groups)
    return list(pipelines.values()), frame


def total(title, dispatches):
    cost = sum(pipeline.cost(groups) for pipeline, groups in dispatches)
    threads = sum(groups * pipeline.threads for pipeline, groups in dispatches)
    waves = sum(pipeline.waves(groups) for pipeline, groups in dispatches)
    lanes = sum(pipeline.waves(groups) * pipeline.lanes for pipeline, groups in dispatches)
    least = (
        sum(max(pipeline.latency, pipeline.cost(groups) / simds) for pipeline, groups in dispatches) / CLOCK
        for simds in GPUS.values()
    )
    times = ", ".join(f"{name} {seconds * 1e3:.2f} ms" for name, seconds in zip(GPUS, least))
    return (
        f"{title}: {len(dispatches)} dispatches, {waves} waves, lanes used {threads / lanes:.0%}, "
        f"{cost / 1e6:.2f} Mcycles; at least, with {times}"
    )


def is_network(pipeline):
    return "@" in pipeline.name or pipeline.name == "gate"


def main():
    everything = sys.argv[1] == "--all"
    family, log = sys.argv[-2:]
    pipelines, dispatches = read(log)
    if not dispatches:
        sys.exit(f"amd: {log} has no dispatch")
    pipelines.sort(key=lambda pipeline: -sum(map(pipeline.cost, pipeline.dispatches)))
    print(f"\n{family}")
    print("| pipeline | threads | registers | memory | waves a SIMD | instructions | kcycles of a wave | waves | Mcycles |")
    print("|---|---|---|---|---|---|---|---|---|")
    for pipeline in pipelines if everything else pipelines[:12]:
        waves = sum(map(pipeline.waves, pipeline.dispatches))
        cost = sum(map(pipeline.cost, pipeline.dispatches)) / 1e6
        print(
            f"| {pipeline.name} | {pipeline.threads} | {pipeline.registers} | {pipeline.memory} | {pipeline.occupancy} | "
            f"{pipeline.instructions} | {pipeline.latency / 1e3:.1f} | {waves} | {cost:.2f} |"
        )
    print(total("network", [each for each in dispatches if is_network(each[0])]))
    print(total("frame", dispatches))
    few = [pipeline.name for pipeline in pipelines if pipeline.occupancy < 4]
    print(f"fewer than 4 waves a SIMD: {', '.join(few) or 'none'}")
    spilled = [pipeline.name for pipeline in pipelines if pipeline.spills]
    print(f"spills: {', '.join(spilled) or 'none'}")
    sys.exit(1 if spilled else 0)


main()
